-- One row per stretch of a contact in one queue with at most one agent. A transfer adds a leg,
-- never a contact. Handling time per leg counts only legs that are complete at as-of.
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['contact_started_at']}) }}
{% set timezone = "coalesce(queues.timezone, '" ~ var('default_timezone') ~ "')" %}

with

legs as (

    select * from {{ ref('int_legs') }}
    where {{ in_tail('contact_started_at') }}

),

offered as (

    select
        contact_id,
        is_offered
    from {{ ref('int_contacts_flagged') }}
    where {{ in_tail('started_at') }}

),

queues as (

    select * from {{ ref('int_queues') }}

),

agent_versions as (

    select * from {{ ref('dim_agent') }}

),

queue_versions as (

    select * from {{ ref('dim_queue') }}

),

day_types as (

    select * from {{ ref('bridge_queue_day_type') }}

),

localised as (

    select
        legs.*,
        coalesce(legs.connected_at, legs.queued_at) as anchored_at,
        {{ to_local('coalesce(legs.connected_at, legs.queued_at)', timezone) }} as local_at,
        {{ to_local('legs.queued_at', timezone) }} as queued_local_at,
        coalesce(offered.is_offered, 0) as is_queue_entry
    from legs
    left join offered on legs.contact_id = offered.contact_id
    left join queues on legs.queue_id = queues.queue_id

),

final as (

    select
        localised.contact_id || ':' || localised.leg_no as leg_id,
        localised.contact_id,
        cast(localised.leg_no as integer) as leg_no,
        localised.channel,
        localised.queue_id,
        queue_versions.queue_sk,
        localised.agent_id,
        agent_versions.agent_sk,
        localised.queued_at,
        localised.connected_at,
        localised.left_at,
        localised.wrapped_at,
        localised.left_reason,
        localised.transfer_type,
        localised.is_queue_entry,
        {{ flag('localised.connected_at is not null') }} as is_connected,
        {{ flag(
            'localised.connected_at is not null and localised.wrapped_at is not null'
            ~ ' and localised.handle_seconds is not null'
        ) }} as is_handled,
        cast(localised.wait_seconds as bigint) as wait_seconds,
        cast(localised.ring_seconds as bigint) as ring_seconds,
        cast(localised.talk_seconds as bigint) as talk_seconds,
        cast(localised.hold_seconds as bigint) as hold_seconds,
        cast(localised.acw_seconds as bigint) as acw_seconds,
        cast(localised.handle_seconds as bigint) as handle_seconds,
        localised.talk_allocated_seconds,
        localised.hold_allocated_seconds,
        localised.acw_allocated_seconds,
        localised.handle_allocated_seconds,
        localised.concurrency_avg,
        cast(localised.local_at as date) as local_date,
        coalesce(day_types.day_type, 'normal') as day_type,
        cast(localised.queued_local_at as date) as queued_local_date,
        {{ interval_floor('localised.anchored_at', 15) }} as interval_start_at,
        cast(floor({{ minute_of_day('localised.local_at') }} / 15) as integer) as interval_key,
        localised.contact_started_at
    from localised
    left join day_types
        on localised.queue_id = day_types.queue_id and cast(localised.local_at as date) = day_types.date_day
    left join agent_versions
        on
            localised.agent_id = agent_versions.agent_id
            and {{ holds_at('agent_versions', 'localised.anchored_at') }}
    left join queue_versions
        on
            localised.queue_id = queue_versions.queue_id
            and {{ holds_at('queue_versions', 'localised.queued_at') }}

)

select * from final
