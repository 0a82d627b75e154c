-- Every current valid answer is counted once.
with mart as (

    select
        coalesce(sum(responses), 0) as responses,
        coalesce(sum(top2), 0) as top2,
        coalesce(sum(promoters), 0) as promoters,
        coalesce(sum(detractors), 0) as detractors,
        coalesce(sum(favourable), 0) as favourable
    from {{ ref('kpi_daily_surveys') }}

),

fact as (

    select
        count(*) as responses,
        coalesce(sum(is_top2), 0) as top2,
        coalesce(sum(is_promoter), 0) as promoters,
        coalesce(sum(is_detractor), 0) as detractors,
        coalesce(sum(is_favourable), 0) as favourable
    from {{ ref('fct_survey_response') }}
    where is_valid = 1 and is_current_answer = 1

),

final as (

    select
        'responses' as figure,
        mart.responses as in_mart,
        fact.responses as in_fact
    from mart
    cross join fact
    union all
    select
        'top2' as figure,
        mart.top2 as in_mart,
        fact.top2 as in_fact
    from mart cross join fact
    union all
    select
        'promoters' as figure,
        mart.promoters as in_mart,
        fact.promoters as in_fact
    from mart
    cross join fact
    union all
    select
        'detractors' as figure,
        mart.detractors as in_mart,
        fact.detractors as in_fact
    from mart
    cross join fact
    union all
    select
        'favourable' as figure,
        mart.favourable as in_mart,
        fact.favourable as in_fact
    from mart
    cross join fact

)

select * from final
where in_mart <> in_fact
