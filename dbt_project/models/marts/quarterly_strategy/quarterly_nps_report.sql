-- Grain: calendar quarter of the answer x survey type. Channels are summed before the score is
-- taken; the margin is the half width of the interval, so `nps` +- `nps_margin` reads as printed.

{{ config(materialized='view') }}

with answers as (

    select * from {{ ref('kpi_quarterly_nps') }}

),

sums as (

    select
        quarter_start_date,
        survey_type,
        {{ sum_count('responses') }} as responses,
        {{ sum_count('promoters') }} as promoters,
        {{ sum_count('passives') }} as passives,
        {{ sum_count('detractors') }} as detractors
    from answers
    group by quarter_start_date, survey_type

),

scored as (

    select
        *,
        {{ nps('promoters', 'detractors', 'responses') }} as score,
        {{ nps_standard_error('promoters', 'detractors', 'responses') }} as standard_error
    from sums

),

final as (

    select
        quarter_start_date,
        survey_type,
        responses,
        promoters,
        passives,
        detractors,
        round({{ shown('score', 'responses') }}, 6) as nps,
        round({{ shown('standard_error', 'responses') }}, 6) as nps_standard_error,
        round({{ shown(var('ci_z') ~ ' * standard_error', 'responses') }}, 6) as nps_margin,
        {{ reliability_note('responses') }} as note
    from scored

)

select * from final
