-- One row per case (ticket) of any helpdesk, as known at as-of. Spam and deleted cases are left
-- out; a reopened case keeps its id, and its resolution runs to the last solve.
with

cases as (

    select * from {{ ref('int_cases') }}
    where is_spam = 0 and is_deleted = 0

),

clocked as (

    select * from {{ ref('int_cases_clocked') }}

),

contacts as (

    select contact_id from {{ ref('int_contacts') }}

),

channels as (

    select * from {{ ref('channels') }}

),

queues as (

    select * from {{ ref('int_queues') }}

),

localised as (

    select
        cases.*,
        channels.channel_group,
        coalesce(contacts.contact_id, calls.contact_id) as contact_id,
        {{ flag("cases.status in ('solved', 'closed')") }} as is_solved,
        coalesce(queues.timezone, '{{ var("default_timezone") }}') as timezone
    from cases
    left join channels on cases.channel = channels.channel
    left join contacts on cases.case_id = contacts.contact_id
    left join contacts as calls on cases.call_contact_id = calls.contact_id
    left join queues on cases.queue_id = queues.queue_id

),

final as (

    select
        localised.case_id,
        localised.source_system,
        localised.channel,
        localised.channel_group,
        localised.customer_id,
        localised.queue_id,
        localised.agent_id,
        localised.reason_id,
        localised.priority,
        localised.contact_id,
        localised.status,
        localised.created_at,
        localised.first_solved_at,
        localised.last_solved_at,
        localised.closed_at,
        cast({{ to_local('localised.created_at', 'localised.timezone') }} as date) as created_local_date,
        cast({{ to_local('localised.last_solved_at', 'localised.timezone') }} as date) as solved_local_date,
        case
            when localised.is_solved = 1
                then {{ span_seconds('localised.created_at', 'localised.last_solved_at') }}
        end as full_resolution_seconds,
        {{ span_seconds('localised.created_at', 'localised.first_solved_at') }} as first_resolution_seconds,
        case when localised.is_solved = 1 then clocked.full_resolution_business_seconds end
            as full_resolution_business_seconds,
        localised.public_agent_replies,
        localised.reopens,
        localised.is_spam,
        {{ flag('localised.is_solved = 0') }} as is_active,
        localised.is_solved,
        {{ flag('localised.reopens > 0') }} as is_reopened,
        {{ flag('localised.is_solved = 1 and localised.public_agent_replies = 1') }} as is_one_touch,
        localised.is_sla_met_by_source
    from localised
    left join clocked on localised.case_id = clocked.case_id

)

select * from final
