-- One row per queue of any system, with the attributes that the list of queues gives it now.
-- Queues that only events or cases mention are here too: facts never point at nothing.
with

listed as (

    -- What holds now; a version that is still to come is better than none.
    select *
    from {{ ref('stg_files__queues') }}
    qualify row_number() over (
        partition by queue_id
        order by
            is_deleted asc,
            case when valid_from > {{ as_of() }} then 1 else 0 end asc,
            case when valid_from <= {{ as_of() }} then valid_from end desc nulls last,
            valid_from asc,
            _dlt_load_id desc,
            source_dataset asc
    ) = 1

),

aliases as (

    select * from {{ ref('channel_aliases') }}

),

schedule_zones as (

    select
        schedule_id,
        min(timezone) as timezone
    from {{ ref('int_schedules') }}
    group by schedule_id

),

candidates as (

    select
        'twilio:' || task_queue_sid as queue_id,
        queue_name,
        'twilio' as source_system,
        is_deleted,
        1 as preference
    from {{ ref('stg_twilio__task_queues') }}
    union all
    select
        'zendesk:' || group_id as queue_id,
        group_name as queue_name,
        'zendesk' as source_system,
        greatest(is_deleted, coalesce(is_deleted_by_source, 0)) as is_deleted,
        1 as preference
    from {{ ref('stg_zendesk__groups') }}
    union all
    select distinct
        'twilio:' || task_queue_sid as queue_id,
        task_queue_name as queue_name,
        'twilio' as source_system,
        0 as is_deleted,
        2 as preference
    from {{ ref('stg_twilio__events') }}
    union all
    select distinct
        'zendesk:' || new_value as queue_id,
        cast(null as string) as queue_name,
        'zendesk' as source_system,
        0 as is_deleted,
        2 as preference
    from {{ ref('stg_zendesk__ticket_events') }}
    where field_name = 'group_id' and new_value <> ''
    union all
    select distinct
        'zendesk:' || group_id as queue_id,
        cast(null as string) as queue_name,
        'zendesk' as source_system,
        0 as is_deleted,
        2 as preference
    from {{ ref('stg_zendesk__tickets') }}
    {{- contacts_of_more_systems(
        ['first_queue_id as queue_id', 'queue_name', 'source_system', '0 as is_deleted', '2 as preference'],
        without=var('systems_with_legs')
    ) }}
    {{- legs_of_more_systems(
        ['queue_id', 'queue_name', 'source_system', '0 as is_deleted', '2 as preference']
    ) }}
    union all
    select
        queue_id,
        queue_name,
        'files' as source_system,
        0 as is_deleted,
        3 as preference
    from {{ ref('int_queue_names') }}
    union all
    select
        queue_id,
        queue_name,
        'files' as source_system,
        is_deleted,
        4 as preference
    from listed

),

queues as (

    select *
    from candidates
    where queue_id is not null
    qualify row_number() over (
        partition by queue_id order by preference, is_deleted, queue_name nulls last
    ) = 1

)

select
    queues.queue_id,
    coalesce(listed.queue_name, queues.queue_name, queues.queue_id) as queue_name,
    queues.source_system,
    aliases.channel,
    coalesce(listed.timezone, schedule_zones.timezone, '{{ var("default_timezone") }}') as timezone,
    listed.schedule_id,
    listed.business_area,
    listed.brand,
    listed.client,
    queues.is_deleted
from queues
left join listed on queues.queue_id = listed.queue_id
left join aliases on lower(trim(listed.channel_text)) = aliases.alias
left join schedule_zones on listed.schedule_id = schedule_zones.schedule_id
