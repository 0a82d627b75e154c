-- Grain: local date of the rated contact x channel x survey type x metric x scale. One figure a
-- row, `favourable_share`: top-2-box for CSAT and overall satisfaction, 5 to 7 for CES. It is null
-- under the smallest number that may be shown; the counts stay, the note says why.

{{ config(materialized='view') }}

with surveys as (

    select * from {{ ref('kpi_daily_surveys') }}
    where metric <> 'nps'

),

sums as (

    select
        local_date,
        channel,
        survey_type,
        metric,
        scale_code,
        {{ sum_count('responses') }} as responses,
        {{ sum_count("case when metric = 'ces' then favourable else top2 end") }} as favourable,
        {{ sum_exact('score_0_100_sum') }} as score_0_100_sum
    from surveys
    group by local_date, channel, survey_type, metric, scale_code

),

bounded as (

    select
        *,
        {{ wilson_low('favourable', 'responses') }} as low,
        {{ wilson_high('favourable', 'responses') }} as high
    from sums

),

final as (

    select
        local_date,
        channel,
        survey_type,
        metric,
        scale_code,
        responses,
        round({{ shown(ratio('favourable', 'responses'), 'responses') }}, 6) as favourable_share,
        round({{ shown('low', 'responses') }}, 6) as favourable_share_low,
        round({{ shown('high', 'responses') }}, 6) as favourable_share_high,
        round({{ shown(ratio('score_0_100_sum', 'responses'), 'responses') }}, 6) as mean_score_0_100,
        {{ reliability_note('responses', low='low', high='high') }} as note
    from bounded

)

select * from final
