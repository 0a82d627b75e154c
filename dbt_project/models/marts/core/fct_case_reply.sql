-- One row per wait of a customer in a case: from their first message that nobody has answered to the
-- next public reply of an agent. Messages that follow before the reply belong to the same wait.
-- replied_at is null while the customer waits, and for good where no reply came.
with

cases as (

    select * from {{ ref('int_cases') }}
    where is_customer_case = 1

),

comments as (

    select
        case_id,
        occurred_at,
        actor_role,
        agent_id,
        count(case when actor_role = 'agent' then 1 end) over (
            partition by case_id
            order by occurred_at, event_order
            rows between unbounded preceding and 1 preceding
        ) as replies_before
    from {{ ref('int_case_events') }}
    where event_kind = 'comment' and is_public = 1 and actor_role in ('customer', 'agent')

),

waits as (

    select
        case_id,
        replies_before,
        min(case when actor_role = 'customer' then occurred_at end) as asked_at,
        min(case when actor_role = 'agent' then occurred_at end) as replied_at,
        min(agent_id) as agent_id
    from comments
    group by case_id, replies_before

),

asked as (

    select
        cases.case_id,
        cases.source_system,
        cases.channel,
        channels.channel_group,
        cases.queue_id,
        cases.customer_id,
        cases.reason_id,
        waits.agent_id,
        waits.replies_before,
        waits.asked_at,
        waits.replied_at
    from waits
    inner join cases on waits.case_id = cases.case_id
    left join {{ ref('channels') }} as channels on cases.channel = channels.channel
    where waits.asked_at is not null

),

spans as (

    select
        asked.case_id,
        asked.replies_before,
        schedules.schedule_id,
        greatest(asked.asked_at, schedules.from_at) as from_at,
        least(asked.replied_at, schedules.to_at) as to_at
    from asked
    inner join {{ ref('int_case_schedules') }} as schedules
        on
            asked.case_id = schedules.case_id
            and asked.replied_at >= schedules.from_at
            and asked.asked_at < schedules.to_at
    where asked.replied_at >= asked.asked_at

),

{{ business_clock('spans') }},

business_times as (

    select
        case_id,
        replies_before,
        cast({{ whole_seconds('sum(business_micros)') }} as bigint) as business_seconds
    from business_spans
    group by case_id, replies_before

),

measured as (

    select
        asked.*,
        {{ to_local(
            'asked.asked_at', "coalesce(queues.timezone, '" ~ var('default_timezone') ~ "')"
        ) }} as asked_local_at,
        {{ span_seconds('asked.asked_at', 'asked.replied_at') }} as wait_calendar_seconds,
        business_times.business_seconds as wait_business_seconds,
        {{ flag(
            "asked.replies_before > 0 and asked.replied_at >= asked.asked_at"
            ~ " and asked.channel_group in ('async', 'social', 'chat')"
        ) }} as is_next_response
    from asked
    left join {{ ref('int_queues') }} as queues on asked.queue_id = queues.queue_id
    left join business_times
        on asked.case_id = business_times.case_id and asked.replies_before = business_times.replies_before

)

select
    case_id,
    cast(replies_before as integer) as replies_before,
    source_system,
    channel,
    channel_group,
    queue_id,
    agent_id,
    customer_id,
    reason_id,
    asked_at,
    replied_at,
    cast(asked_local_at as date) as asked_local_date,
    wait_calendar_seconds,
    wait_business_seconds,
    case
        when is_next_response = 1
            then wait_{{ 'calendar' if var('sl_clock_async') == 'calendar' else 'business' }}_seconds
    end as next_response_seconds,
    is_next_response
from measured
