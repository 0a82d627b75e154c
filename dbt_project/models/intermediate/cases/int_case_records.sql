-- One row per case of any helpdesk as its own system describes it, created up to as-of. Cases that
-- were merged into another are still here, marked; the other one starts when the earliest of them did.
-- A Zendesk ticket whose newest version is still held back by the export has no ticket row yet,
-- but its events have landed: it is a case all the same.
with recursive

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}

),

ticket_events as (

    select * from {{ ref('stg_zendesk__ticket_events') }}

),

users as (

    select * from {{ ref('stg_zendesk__users') }}

),

file_cases as (

    select * from {{ ref('stg_files__cases') }}

),

aliases as (

    select * from {{ ref('channel_aliases') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

created_by_events as (

    select
        events.ticket_id,
        min(events.occurred_at) as created_at,
        {{ first_by('events.via_channel', 'events.child_event_id') }} as via_channel,
        max(case when events.field_name = 'requester_id' then events.new_value end) as requester_id,
        max(case when events.field_name = 'priority' then events.new_value end) as priority,
        max(events._dlt_load_id) as load_id
    from ticket_events as events
    left join tickets on events.ticket_id = tickets.ticket_id
    where tickets.ticket_id is null and events.event_type = 'Create'
    group by events.ticket_id

),

all_tickets as (

    select
        ticket_id,
        created_at,
        via_channel,
        requester_id,
        submitter_id,
        external_id,
        group_id,
        assignee_id,
        priority,
        ticket_type,
        status,
        reason_code,
        time_spent_seconds,
        {{ flag(json_array_contains('tags_json', 'spam')) }} as is_spam,
        {{ flag(json_array_contains('tags_json', var('bot_case_tag'))) }} as is_bot_case,
        {{ flag(json_array_contains('tags_json', var('bot_resolved_tag'))) }} as is_bot_resolved,
        {{ flag(json_array_contains('tags_json', var('test_tag'))) }} as is_test,
        case
            {%- for level in [3, 2, 1] %}
                when {{ json_array_contains('tags_json', var('complaint_level_tag') ~ level) }}
                    then {{ level }}
            {%- endfor %}
        end as complaint_level,
        _dlt_load_id as load_id
    from tickets
    union all
    select
        ticket_id,
        created_at,
        via_channel,
        {{ cast_or_null('requester_id', 'bigint') }} as requester_id,
        cast(null as bigint) as submitter_id,
        cast(null as string) as external_id,
        cast(null as bigint) as group_id,
        cast(null as bigint) as assignee_id,
        priority,
        cast(null as string) as ticket_type,
        cast(null as string) as status,
        cast(null as string) as reason_code,
        cast(null as bigint) as time_spent_seconds,
        0 as is_spam,
        0 as is_bot_case,
        0 as is_bot_resolved,
        0 as is_test,
        cast(null as integer) as complaint_level,
        load_id
    from created_by_events

),

from_zendesk as (

    -- A ticket that an agent wrote to a customer is outbound; one for a call is the call's.
    select
        'zendesk:' || all_tickets.ticket_id as case_id,
        'zendesk' as source_system,
        cast(all_tickets.ticket_id as string) as native_case_id,
        all_tickets.created_at,
        cast(null as timestamp) as source_solved_at,
        cast(null as timestamp) as source_closed_at,
        all_tickets.status as source_status,
        coalesce(aliases.channel, 'unknown') as channel,
        {{ flag('all_tickets.via_channel is not null') }} as is_channel_named,
        case
            when
                submitters.role in ('agent', 'admin')
                and all_tickets.submitter_id <> all_tickets.requester_id
                and all_tickets.via_channel <> 'phone' then 'outbound'
            else 'inbound'
        end as direction,
        coalesce(
            by_email.customer_id,
            by_phone.customer_id,
            'person:' || coalesce(requesters.email_key, requesters.phone_key)
        ) as customer_id,
        'zendesk:' || all_tickets.group_id as source_queue_id,
        case
            when
                assignees.role in ('agent', 'admin')
                and not {{ json_array_contains('assignees.tags_json', var('bot_user_tag')) }}
                then coalesce(assignees.external_id, 'zendesk:' || assignees.user_id)
        end as source_agent_id,
        all_tickets.reason_code as reason_id,
        lower(all_tickets.priority) as priority,
        lower(split_part(requesters.locale, '-', 1)) as language,
        case when all_tickets.via_channel = 'phone' then 'twilio:' || all_tickets.external_id end
            as call_contact_id,
        all_tickets.time_spent_seconds,
        all_tickets.is_spam,
        all_tickets.is_bot_case,
        all_tickets.is_bot_resolved,
        all_tickets.is_test,
        all_tickets.complaint_level,
        -- What one of the staff asks another is no customer's case.
        {{ flag(
            "requesters.role in ('agent', 'admin') and not "
            ~ json_array_contains('requesters.tags_json', var('bot_user_tag'))
        ) }} as is_internal,
        {{ flag("all_tickets.ticket_type = 'problem'") }} as is_problem,
        cast(null as integer) as is_sla_met_by_source,
        all_tickets.load_id
    from all_tickets
    left join aliases on lower(all_tickets.via_channel) = aliases.alias
    left join users as requesters on all_tickets.requester_id = requesters.user_id
    left join users as submitters on all_tickets.submitter_id = submitters.user_id
    left join users as assignees on all_tickets.assignee_id = assignees.user_id
    left join identity_keys as by_email on requesters.email_key = by_email.person_key
    left join identity_keys as by_phone on requesters.phone_key = by_phone.person_key

),

from_files as (

    select
        file_cases.source_dataset || ':' || file_cases.native_case_id as case_id,
        file_cases.source_dataset as source_system,
        file_cases.native_case_id,
        file_cases.created_at,
        file_cases.solved_at as source_solved_at,
        file_cases.closed_at as source_closed_at,
        file_cases.status as source_status,
        coalesce(aliases.channel, 'unknown') as channel,
        {{ flag("trim(file_cases.channel_text) <> ''") }} as is_channel_named,
        case when file_cases.opened_by_role = 'agent' then 'outbound' else 'inbound' end as direction,
        coalesce(identity_keys.customer_id, 'person:' || file_cases.customer_key) as customer_id,
        queue_names.queue_id as source_queue_id,
        file_cases.agent_id as source_agent_id,
        file_cases.reason_code as reason_id,
        lower(file_cases.priority) as priority,
        cast(null as string) as language,
        cast(null as string) as call_contact_id,
        cast(null as bigint) as time_spent_seconds,
        0 as is_spam,
        0 as is_bot_case,
        0 as is_bot_resolved,
        0 as is_test,
        cast(null as integer) as complaint_level,
        0 as is_internal,
        {{ flag("lower(file_cases.case_type) = 'problem'") }} as is_problem,
        file_cases.is_sla_met_by_source,
        file_cases._dlt_load_id as load_id
    from file_cases
    left join aliases on lower(trim(file_cases.channel_text)) = aliases.alias
    left join identity_keys on file_cases.customer_key = identity_keys.person_key
    left join {{ ref('int_queue_names') }} as queue_names
        on
            file_cases.source_dataset = queue_names.source_dataset
            and file_cases.queue_name = queue_names.queue_name

),

unioned as (

    select * from from_zendesk
    union all
    select * from from_files

),

merge_events as (

    select
        case_id,
        source_system || ':' || {{ last_by('new_value', ['occurred_at', 'event_order']) }} as parent_case_id
    from {{ ref('int_case_events') }}
    where field_name = 'merged_into' and new_value <> ''
    group by case_id, source_system

),

chains as (

    select
        case_id,
        parent_case_id,
        1 as steps
    from merge_events
    union all
    -- Nobody merges this often: the bound ends chains that bite their own tail.
    select
        chains.case_id,
        merge_events.parent_case_id,
        chains.steps + 1 as steps
    from chains
    inner join merge_events on chains.parent_case_id = merge_events.case_id
    where chains.steps < 64

),

parents as (

    -- A case merged into one that was itself merged belongs to the last one.
    select
        case_id,
        {{ last_by('parent_case_id', 'steps') }} as parent_case_id
    from chains
    group by case_id

),

children as (

    select
        parents.parent_case_id,
        min(unioned.created_at) as first_created_at
    from parents
    inner join unioned on parents.case_id = unioned.case_id
    group by parents.parent_case_id

),

final as (

    -- A merged child brings its parent's start forward: the customer has waited since then.
    select
        unioned.case_id,
        unioned.source_system,
        unioned.native_case_id,
        least(unioned.created_at, children.first_created_at) as created_at,
        parents.parent_case_id as merged_into_case_id,
        unioned.source_solved_at,
        unioned.source_closed_at,
        unioned.source_status,
        unioned.channel,
        unioned.is_channel_named,
        unioned.direction,
        unioned.customer_id,
        unioned.source_queue_id,
        unioned.source_agent_id,
        unioned.reason_id,
        unioned.priority,
        unioned.language,
        unioned.call_contact_id,
        unioned.time_spent_seconds,
        unioned.is_spam,
        unioned.is_bot_case,
        unioned.is_bot_resolved,
        unioned.is_test,
        unioned.complaint_level,
        unioned.is_internal,
        unioned.is_problem,
        unioned.is_sla_met_by_source,
        unioned.load_id
    from unioned
    left join parents on unioned.case_id = parents.case_id
    left join children on unioned.case_id = children.parent_case_id

)

select *
from final
where created_at <= {{ as_of() }}
