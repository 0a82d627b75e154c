-- Grain: queue x channel, as things stood at as_of_at. Waiting, longest wait and active cases are
-- a snapshot: add them over queues, never over time. `today_` runs from local midnight of the
-- queue, `interval_` from the start of the running quarter of an hour. Made of what
-- fct_contact and fct_case are made of, not of these: they need a week's history and the customers,
-- which the live target does without.
-- The loops below write columns; the linter would judge their indent as if written by hand.
-- noqa: disable=LT02

{%- set windows = ['today', 'interval'] %}
{%- set flags = {
    'offered': 'is_offered',
    'answered': 'is_answered',
    'abandoned': 'is_abandoned',
    'short_abandoned': 'is_short_abandoned',
    'flow_out': 'is_flow_out',
    'connected': 'is_wait_known',
    'service_level_due': 'is_service_level_due',
    'service_level_met': 'is_service_level_met',
} %}

with as_of as (

    select
        as_of_at,
        {{ interval_floor('as_of_at', var('interval_minutes')) }} as interval_start_at
    from {{ ref('int_as_of') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

contact_zones as (

    select distinct timezone
    from {{ ref('int_contacts_flagged') }}
    where {{ in_tail('started_at') }}

),

zones as (

    -- Once a zone and not once a contact: this is the dearest part of a live cycle otherwise.
    select
        contact_zones.timezone,
        cast({{ to_local('as_of.as_of_at', 'contact_zones.timezone') }} as date) as today
    from contact_zones
    cross join as_of

),

contacts as (

    select
        contacts.*,
        contacts.is_waiting * channels.is_live as is_in_queue,
        contacts.is_waiting * (1 - channels.is_live) as is_unanswered,
        {{ seconds_between('contacts.queued_at', 'as_of.as_of_at') }} as waited_seconds,
        {{ flag('contacts.is_connected = 1 and contacts.wait_exact_seconds is not null') }} as is_wait_known,
        case when contacts.is_connected = 1 then floor(contacts.wait_exact_seconds) end
            as connected_wait_seconds,
        {{ flag('contacts.local_date = zones.today') }} as is_today,
        case
            when contacts.interval_start_at = as_of.interval_start_at then 1
            else 0
        end as is_interval
    from {{ ref('int_contacts_flagged') }} as contacts
    inner join channels on contacts.channel = channels.channel
    inner join zones on contacts.timezone = zones.timezone
    cross join as_of
    where {{ in_tail('contacts.started_at') }}

),

cases as (

    select * from {{ ref('int_cases') }}
    where is_customer_case = 1 and status not in ('solved', 'closed')

),

queue_activity as (

    select
        first_queue_id as queue_id,
        channel,
        {{ sum_count('is_in_queue') }} as contacts_waiting,
        max(case when is_in_queue = 1 then waited_seconds end) as longest_wait_seconds,
        {{ sum_count('is_unanswered') }} as open_unanswered,
        max(case when is_unanswered = 1 then waited_seconds end) as longest_unanswered_seconds,
        cast(0 as bigint) as active_cases
        {%- for window in windows %}
        {%- for name, flag in flags.items() %},
        {{ sum_count('is_' ~ window ~ ' * ' ~ flag) }} as {{ window }}_{{ name }}
        {%- endfor %},
        {{ sum_count('is_' ~ window ~ ' * connected_wait_seconds') }} as {{ window }}_connected_wait_seconds
        {%- endfor %}
    from contacts
    where is_waiting = 1 or is_today = 1 or is_interval = 1
    group by first_queue_id, channel

),

backlog as (

    select
        queue_id,
        channel,
        cast(0 as bigint) as contacts_waiting,
        cast(null as bigint) as longest_wait_seconds,
        cast(0 as bigint) as open_unanswered,
        cast(null as bigint) as longest_unanswered_seconds,
        cast(count(*) as bigint) as active_cases
        {%- for window in windows %}
        {%- for name in flags %},
        cast(0 as bigint) as {{ window }}_{{ name }}
        {%- endfor %},
        cast(0 as bigint) as {{ window }}_connected_wait_seconds
        {%- endfor %}
    from cases
    group by queue_id, channel

),

combined as (

    select * from queue_activity
    union all
    select * from backlog

),

final as (

    select
        combined.queue_id,
        combined.channel,
        as_of.as_of_at,
        as_of.interval_start_at,
        {{ sum_count('combined.contacts_waiting') }} as contacts_waiting,
        cast(max(combined.longest_wait_seconds) as bigint) as longest_wait_seconds,
        {{ sum_count('combined.open_unanswered') }} as open_unanswered,
        cast(max(combined.longest_unanswered_seconds) as bigint) as longest_unanswered_seconds,
        {{ sum_count('combined.active_cases') }} as active_cases
        {%- for window in windows %}
        {%- for name in flags %},
        {{ sum_count('combined.' ~ window ~ '_' ~ name) }} as {{ window }}_{{ name }}
        {%- endfor %},
        {{ sum_count('combined.' ~ window ~ '_connected_wait_seconds') }}
            as {{ window }}_connected_wait_seconds
        {%- endfor %}
    from combined
    cross join as_of
    group by combined.queue_id, combined.channel, as_of.as_of_at, as_of.interval_start_at

)

select * from final
