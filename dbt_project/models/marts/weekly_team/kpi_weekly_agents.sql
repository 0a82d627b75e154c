-- Grain: week (var week_start; its first day) x agent x channel. Handling stands on the week of the connect;
-- contacts, FCR and CSAT on the week of the contact, credited to the agent of the last handled
-- leg, so that each contact counts for one agent. Small cells: show through the report only.
{{ config(materialized='tail', meta={'tail': 'in_tail_weeks', 'tail_arguments': ['week_start_date']}) }}

with legs as (

    select * from {{ ref('fct_contact_leg') }}
    where agent_id is not null and is_handled = 1 and {{ in_tail_weeks('local_date') }}

),

contacts as (

    select * from {{ ref('fct_contact') }}
    where last_agent_id is not null and is_handled = 1 and {{ in_tail_weeks('local_date') }}

),

responses as (

    select * from {{ ref('fct_survey_response') }}
    where
        agent_id is not null
        and metric = 'csat'
        and survey_type = 'transactional'
        and is_valid = 1
        and is_current_answer = 1
        and {{ in_tail_weeks('contact_local_date') }}

),

handling as (

    select
        {{ week_begin('local_date') }} as week_start_date,
        agent_id,
        channel,
        count(*) as handled_legs,
        {{ sum_count('talk_seconds') }} as talk_seconds,
        {{ sum_count('hold_seconds') }} as hold_seconds,
        {{ sum_count('acw_seconds') }} as acw_seconds,
        {{ sum_count('handle_seconds') }} as handle_seconds,
        {{ sum_squares('handle_seconds') }} as handle_seconds_sq,
        0 as contacts,
        0 as transferred,
        0 as fcr_eligible,
        0 as fcr_success,
        0 as csat_responses,
        0 as csat_top2
    from legs
    group by {{ week_begin('local_date') }}, agent_id, channel

),

outcomes as (

    select
        {{ week_begin('local_date') }} as week_start_date,
        last_agent_id as agent_id,
        channel,
        0 as handled_legs,
        0 as talk_seconds,
        0 as hold_seconds,
        0 as acw_seconds,
        0 as handle_seconds,
        0 as handle_seconds_sq,
        count(*) as contacts,
        {{ sum_count('is_transferred') }} as transferred,
        {{ sum_count('is_fcr_eligible') }} as fcr_eligible,
        {{ sum_count('is_fcr_success') }} as fcr_success,
        0 as csat_responses,
        0 as csat_top2
    from contacts
    group by {{ week_begin('local_date') }}, last_agent_id, channel

),

satisfaction as (

    select
        {{ week_begin('contact_local_date') }} as week_start_date,
        agent_id,
        channel,
        0 as handled_legs,
        0 as talk_seconds,
        0 as hold_seconds,
        0 as acw_seconds,
        0 as handle_seconds,
        0 as handle_seconds_sq,
        0 as contacts,
        0 as transferred,
        0 as fcr_eligible,
        0 as fcr_success,
        count(*) as csat_responses,
        {{ sum_count('is_top2') }} as csat_top2
    from responses
    group by {{ week_begin('contact_local_date') }}, agent_id, channel

),

all_components as (

    select * from handling
    union all
    select * from outcomes
    union all
    select * from satisfaction

),

final as (

    select
        week_start_date,
        agent_id,
        channel,
        {{ sum_count('handled_legs') }} as handled_legs,
        {{ sum_count('talk_seconds') }} as talk_seconds,
        {{ sum_count('hold_seconds') }} as hold_seconds,
        {{ sum_count('acw_seconds') }} as acw_seconds,
        {{ sum_count('handle_seconds') }} as handle_seconds,
        cast(coalesce(sum(handle_seconds_sq), 0) as double) as handle_seconds_sq,
        {{ sum_count('contacts') }} as contacts,
        {{ sum_count('transferred') }} as transferred,
        {{ sum_count('fcr_eligible') }} as fcr_eligible,
        {{ sum_count('fcr_success') }} as fcr_success,
        {{ sum_count('csat_responses') }} as csat_responses,
        {{ sum_count('csat_top2') }} as csat_top2
    from all_components
    group by week_start_date, agent_id, channel

)

select * from final
