-- Nothing is lost or doubled between the sources and the fact: every task, every message case and
-- every dropped call up to as-of has its contact, and no other does.
with

expected as (

    select 'twilio:' || task_sid as contact_id
    from {{ ref('stg_twilio__events') }}
    where task_sid is not null and occurred_at <= {{ as_of() }}
    union
    select contact_id from {{ ref('int_contacts__cases') }}
    union
    select source_dataset || ':' || native_call_id as contact_id
    from {{ ref('stg_files__calls') }}
    where queued_at <= {{ as_of() }}
    {{- contacts_of_more_systems(['contact_id']) }}

)

select
    expected.contact_id as missing_contact_id,
    contacts.contact_id as unexpected_contact_id
from expected
full outer join {{ ref('fct_contact') }} as contacts on expected.contact_id = contacts.contact_id
where
    contacts.contact_id is null
    or (expected.contact_id is null and contacts.is_bot_only = 0)
