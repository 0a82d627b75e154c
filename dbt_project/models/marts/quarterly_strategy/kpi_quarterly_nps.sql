-- Grain: calendar quarter of the answer x survey type x channel. Survey types answer different
-- questions (the company, or one contact) and are never pooled.

with responses as (

    select * from {{ ref('fct_survey_response') }}
    where metric = 'nps' and is_valid = 1 and is_current_answer = 1

),

final as (

    select
        cast(date_trunc('quarter', local_date) as date) as quarter_start_date,
        survey_type,
        channel,
        count(*) as responses,
        {{ sum_count('is_promoter') }} as promoters,
        {{ sum_count('is_passive') }} as passives,
        {{ sum_count('is_detractor') }} as detractors
    from responses
    group by cast(date_trunc('quarter', local_date) as date), survey_type, channel

)

select * from final
