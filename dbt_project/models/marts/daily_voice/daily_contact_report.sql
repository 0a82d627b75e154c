-- Grain: local date x channel. Ratios are recomputed from the sums over queues, because averages of
-- queue ratios are wrong (catalogue 9.1); a ratio of nothing is null. Wilson bounds stand beside
-- each proportion, a note says where the day is too thin to read.

{{ config(materialized='view') }}
{%- set treatments = [
    'negative_excl_short', 'negative', 'negative_after_threshold', 'ignore', 'positive', 'positive_short'
] %}

with contacts as (

    select * from {{ ref('kpi_daily_contacts') }}

),

handling as (

    select * from {{ ref('kpi_daily_handling') }}

),

contact_sums as (

    select
        local_date,
        channel,
        {{ sum_count('offered') }} as offered,
        {{ sum_count('handled') }} as handled,
        {{ sum_count('answered') }} as answered,
        {{ sum_count('answered_within_sl') }} as answered_within_sl,
        {{ sum_count('abandoned') }} as abandoned,
        {{ sum_count('short_abandoned') }} as short_abandoned,
        {{ sum_count('abandoned_within_sl') }} as abandoned_within_sl,
        {{ sum_count('flow_out') }} as flow_out,
        {{ sum_count('connected') }} as connected,
        {{ sum_count('connected_wait_seconds') }} as connected_wait_seconds,
        {{ sum_count('service_level_due') }} as service_level_due,
        {{ sum_count('service_level_met') }} as service_level_met,
        {{ sum_count('first_responses') }} as first_responses,
        {{ sum_count('first_response_seconds') }} as first_response_seconds,
        {{ sum_count('fcr_eligible') }} as fcr_eligible,
        {{ sum_count('fcr_success') }} as fcr_success,
        {{ sum_count('fcr_immature') }} as fcr_immature
    from contacts
    group by local_date, channel

),

handling_sums as (

    select
        local_date,
        channel,
        {{ sum_count('handled_legs') }} as handled_legs,
        {{ sum_count('handle_seconds') }} as handle_seconds
    from handling
    group by local_date, channel

),

final as (

    select
        coalesce(contact_sums.local_date, handling_sums.local_date) as local_date,
        coalesce(contact_sums.channel, handling_sums.channel) as channel,
        contact_sums.offered as contacts_offered,
        contact_sums.handled as contacts_handled,
        round({{ ratio('service_level_met', 'service_level_due') }}, 6) as service_level,
        contact_sums.service_level_due as service_level_n,
        round({{ wilson_low('service_level_met', 'service_level_due') }}, 6) as service_level_low,
        round({{ wilson_high('service_level_met', 'service_level_due') }}, 6) as service_level_high,
        {{ reliability_note('service_level_due') }} as service_level_note,
        -- what a contract on another formula would read; only voice and chat can be abandoned
        {%- for treatment in treatments %}
            round(
                case
                    when contact_sums.channel in ('voice', 'chat') then {{ service_level(
                        treatment, 'answered', 'answered_within_sl', 'abandoned', 'short_abandoned',
                        'abandoned_within_sl', 'flow_out'
                    ) }}
                end,
                6
            ) as service_level_{{ treatment }},
        {%- endfor %}
        round({{ ratio('connected_wait_seconds', 'connected') }}, 6) as average_speed_of_answer,
        contact_sums.connected as average_speed_of_answer_n,
        round(
            case
                when contact_sums.channel in ('voice', 'chat')
                    then {{ ratio('abandoned - short_abandoned', 'answered + abandoned - short_abandoned') }}
            end,
            6
        ) as abandonment_rate,
        case
            when contact_sums.channel in ('voice', 'chat') then answered + abandoned - short_abandoned
            else 0
        end as abandonment_rate_n,
        round({{ ratio('handle_seconds', 'handled_legs') }}, 6) as average_handle_time,
        coalesce(handling_sums.handled_legs, 0) as average_handle_time_n,
        round({{ ratio('first_response_seconds', 'first_responses') }}, 6) as first_response_time_avg,
        contact_sums.first_responses as first_response_time_avg_n,
        round({{ ratio('fcr_success', 'fcr_eligible') }}, 6) as first_contact_resolution_rate,
        contact_sums.fcr_eligible as first_contact_resolution_rate_n,
        round({{ wilson_low('fcr_success', 'fcr_eligible') }}, 6) as first_contact_resolution_rate_low,
        round({{ wilson_high('fcr_success', 'fcr_eligible') }}, 6) as first_contact_resolution_rate_high,
        {{ reliability_note('fcr_eligible') }} as first_contact_resolution_rate_note,
        contact_sums.fcr_immature
    from contact_sums
    full outer join handling_sums
        on
            contact_sums.local_date = handling_sums.local_date
            and contact_sums.channel = handling_sums.channel

)

select * from final
