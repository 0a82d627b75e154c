-- Every current valid recommendation answer falls in one quarter.
with mart as (

    select
        coalesce(sum(responses), 0) as responses,
        coalesce(sum(promoters), 0) as promoters,
        coalesce(sum(passives), 0) as passives,
        coalesce(sum(detractors), 0) as detractors
    from {{ ref('kpi_quarterly_nps') }}

),

fact as (

    select
        count(*) as responses,
        coalesce(sum(is_promoter), 0) as promoters,
        coalesce(sum(is_passive), 0) as passives,
        coalesce(sum(is_detractor), 0) as detractors
    from {{ ref('fct_survey_response') }}
    where metric = 'nps' and is_valid = 1 and is_current_answer = 1

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
        'promoters' as figure,
        mart.promoters as in_mart,
        fact.promoters as in_fact
    from mart
    cross join fact
    union all
    select
        'passives' as figure,
        mart.passives as in_mart,
        fact.passives as in_fact
    from mart cross join fact
    union all
    select
        'detractors' as figure,
        mart.detractors as in_mart,
        fact.detractors as in_fact
    from mart
    cross join fact

)

select * from final
where in_mart <> in_fact
