-- One row per conversation that no other helpdesk has too, created up to as-of.
-- While a centre moves over, both systems hold the same contact: the conversation names its ticket, or
-- it is the same customer's, in the same channel, within var same_contact_seconds. The ticket stays.
with

conversations as (

    select * from {{ ref('stg_intercom__conversations') }}
    where created_at <= {{ as_of() }}

),

people as (

    select * from {{ ref('stg_intercom__contacts') }}
    where is_merged = 0

),

contact_merges as (

    select * from {{ ref('stg_intercom__contacts') }}
    where is_merged = 1

),

staff as (

    -- The employee id that Twilio has for the same address joins the systems.
    select
        admins.admin_id,
        coalesce(min(workers.employee_id), 'intercom:' || admins.admin_id) as agent_id
    from {{ ref('stg_intercom__admins') }} as admins
    left join {{ ref('stg_twilio__workers') }} as workers on admins.email_key = workers.email_key
    group by admins.admin_id

),

teams as (

    select * from {{ ref('stg_intercom__teams') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

other_contacts as (

    select * from {{ ref('int_contacts__cases') }}

),

mapped as (

    select
        conversations.*,
        case conversations.source_type
            when 'conversation' then 'web_form'
            when 'twitter' then 'social_private'
            else coalesce(aliases.channel, 'messaging')
        end as channel,
        coalesce(
            by_email.customer_id,
            by_phone.customer_id,
            'person:' || coalesce(people.email_key, people.phone_key)
        ) as customer_id,
        people.language,
        teams.team_name,
        staff.agent_id
    from conversations
    left join {{ ref('channel_aliases') }} as aliases on conversations.source_type = aliases.alias
    left join contact_merges on conversations.contact_id = contact_merges.contact_id
    left join people
        on coalesce(contact_merges.merged_into_contact_id, conversations.contact_id) = people.contact_id
    left join identity_keys as by_email on people.email_key = by_email.person_key
    left join identity_keys as by_phone on people.phone_key = by_phone.person_key
    left join teams on conversations.team_id = teams.team_id
    left join staff on conversations.admin_id = staff.admin_id

),

also_elsewhere as (

    select mapped.conversation_id
    from mapped
    inner join {{ ref('int_cases') }} as cases
        on cases.source_system = 'zendesk' and mapped.zendesk_ticket_id = cases.native_case_id
    union
    select mapped.conversation_id
    from mapped
    inner join other_contacts
        on mapped.customer_id = other_contacts.customer_id and mapped.channel = other_contacts.channel
    where
        abs({{ seconds_between('mapped.created_at', 'other_contacts.started_at') }})
        <= {{ var('same_contact_seconds') }}

)

select
    'intercom:' || mapped.conversation_id as contact_id,
    'intercom' as source_system,
    mapped.conversation_id as native_contact_id,
    cast(null as string) as parent_contact_id,
    'async' as contact_kind,
    cast(null as string) as case_id,
    mapped.customer_id,
    'intercom:' || mapped.team_id as first_queue_id,
    'intercom:' || mapped.team_id as last_queue_id,
    mapped.team_name as queue_name,
    mapped.agent_id as first_agent_id,
    mapped.agent_id as last_agent_id,
    mapped.channel,
    case when mapped.delivered_as = 'admin_initiated' then 'outbound' else 'inbound' end as direction,
    case when mapped.delivered_as = 'admin_initiated' then 'outbound' else 'inbound' end as initiation,
    mapped.reason_code as reason_id,
    case when mapped.reason_code is not null then 'case_field' end as reason_source,
    cast(null as string) as product_id,
    mapped.language,
    mapped.created_at as started_at,
    mapped.created_at as queued_at,
    mapped.first_admin_reply_at as answered_at,
    mapped.first_admin_reply_at as first_response_at,
    mapped.first_close_at as ended_at,
    mapped.first_close_at as wrapped_at,
    cast(0 as bigint) as pre_queue_seconds,
    {{ exact_span_seconds('mapped.created_at', 'mapped.first_admin_reply_at') }} as wait_exact_seconds,
    case when mapped.first_close_at is not null then mapped.handling_seconds end as handle_seconds,
    case
        when mapped.first_admin_reply_at is not null then 'answered'
        when mapped.first_close_at is not null then 'closed_without_reply'
        else 'waiting'
    end as queue_outcome,
    cast(null as string) as outcome,
    1 as is_reply_known,
    cast(null as timestamp) as last_customer_message_at,
    0 as is_informed,
    0 as is_spam,
    0 as is_test,
    0 as is_internal,
    0 as is_merged_child,
    mapped._dlt_load_id as load_id
from mapped
left join also_elsewhere on mapped.conversation_id = also_elsewhere.conversation_id
where also_elsewhere.conversation_id is null
