-- One row per event of a case in any helpdesk, up to as-of: created fields, changes, comments.
-- event_order grows with time within a case and breaks ties between events of one second.
with

zendesk_events as (

    select * from {{ ref('stg_zendesk__ticket_events') }}

),

staff as (

    select * from {{ ref('int_agent_ids') }}
    where source_system = 'zendesk'

),

bots as (

    select *
    from {{ ref('stg_zendesk__users') }}
    where {{ json_array_contains('tags_json', var('bot_user_tag')) }}

),

file_events as (

    select * from {{ ref('stg_files__case_events') }}

),

file_messages as (

    select * from {{ ref('stg_files__messages') }}

),

from_zendesk as (

    -- Triggers and automations write as the system or through a rule: they answer nobody.
    select
        'zendesk:' || events.ticket_id as case_id,
        'zendesk' as source_system,
        events.occurred_at,
        events.child_event_id as event_order,
        lower(events.event_type) as event_kind,
        events.field_name,
        events.new_value,
        events.is_public,
        case
            when events.via_channel = 'rule' then 'auto'
            when coalesce(events.author_id, events.updater_id) < 0 then 'auto'
            when bots.user_id is not null then 'auto'
            when staff.agent_id is not null then 'agent'
            else 'customer'
        end as actor_role,
        staff.agent_id
    from zendesk_events as events
    left join staff
        on cast(coalesce(events.author_id, events.updater_id) as string) = staff.native_agent_id
    left join bots on coalesce(events.author_id, events.updater_id) = bots.user_id

),

from_file_events as (

    select
        source_dataset || ':' || native_case_id as case_id,
        source_dataset as source_system,
        occurred_at,
        coalesce(event_sequence, source_row) as event_order,
        'change' as event_kind,
        lower(field_name) as field_name,
        new_value,
        cast(null as integer) as is_public,
        'agent' as actor_role,
        cast(null as string) as agent_id
    from file_events

),

from_file_messages as (

    select
        source_dataset || ':' || native_case_id as case_id,
        source_dataset as source_system,
        sent_at as occurred_at,
        source_row as event_order,
        'comment' as event_kind,
        cast(null as string) as field_name,
        cast(null as string) as new_value,
        is_public,
        case when author_role in ('bot', 'auto') then 'auto' else author_role end as actor_role,
        case when author_role = 'agent' then author end as agent_id
    from file_messages

),

unioned as (

    select * from from_zendesk
    union all
    select * from from_file_events
    union all
    select * from from_file_messages

)

select *
from unioned
where occurred_at <= {{ as_of() }}
