-- Grain: ISO week (its Monday) x agent x channel. For a talk between agent and team lead, not a
-- ranking: figures under min_n_agent are null, and every proportion carries its Wilson bounds.

{{ config(materialized='view') }}

{%- set least = var('min_n_agent') %}

with agents as (

    select * from {{ ref('kpi_weekly_agents') }}

),

final as (

    select
        week_start_date,
        agent_id,
        channel,
        handled_legs,
        contacts,
        round({{ shown(ratio('handle_seconds', 'handled_legs'), 'handled_legs', least) }}, 6)
            as average_handle_time,
        {{ reliability_note('handled_legs', least) }} as average_handle_time_note,
        fcr_eligible as first_contact_resolution_rate_n,
        round({{ shown(ratio('fcr_success', 'fcr_eligible'), 'fcr_eligible', least) }}, 6)
            as first_contact_resolution_rate,
        round({{ shown(wilson_low('fcr_success', 'fcr_eligible'), 'fcr_eligible', least) }}, 6)
            as first_contact_resolution_rate_low,
        round({{ shown(wilson_high('fcr_success', 'fcr_eligible'), 'fcr_eligible', least) }}, 6)
            as first_contact_resolution_rate_high,
        {{ reliability_note('fcr_eligible', least) }} as first_contact_resolution_rate_note,
        csat_responses as csat_score_n,
        round({{ shown(ratio('csat_top2', 'csat_responses'), 'csat_responses', least) }}, 6)
            as csat_score,
        round({{ shown(wilson_low('csat_top2', 'csat_responses'), 'csat_responses', least) }}, 6)
            as csat_score_low,
        round({{ shown(wilson_high('csat_top2', 'csat_responses'), 'csat_responses', least) }}, 6)
            as csat_score_high,
        {{ reliability_note('csat_responses', least) }} as csat_score_note
    from agents

)

select * from final
