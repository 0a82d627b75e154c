-- Nothing is lost or doubled between the sources and the fact: every task, every message case and
-- every dropped call up to as-of has its contact, and no other does.
-- The linter would judge what a build with a tail asks as if it stood in no query.
-- noqa: disable=LT02,LT14,ST05
with

expected as (

    select distinct 'twilio:' || task_sid as contact_id
    from {{ ref('stg_twilio__events') }}
    where task_sid is not null and occurred_at <= {{ as_of() }}
    union all
    select contact_id from {{ ref('int_contacts__cases') }}
    {%- if not tail() %}
    union all
    select source_dataset || ':' || native_call_id as contact_id
    from {{ ref('stg_files__calls') }}
    where queued_at <= {{ as_of() }}
    {%- endif %}
    {{- contacts_of_more_systems(['contact_id']) }}

)

select
    expected.contact_id as missing_contact_id,
    contacts.contact_id as unexpected_contact_id
from expected
full outer join (
    select * from {{ ref('fct_contact') }}
    {%- if tail() %}
    where contact_id = case_id or source_system not in (
        select distinct calls.source_dataset from {{ ref('stg_files__calls') }} as calls
    )
    {%- endif %}
) as contacts
    on expected.contact_id = contacts.contact_id
where
    contacts.contact_id is null
    or (expected.contact_id is null and contacts.is_bot_only = 0)
{%- if tail() %}
-- Where the tail was written, calls are counted: to pair all of them would cost what they were built for.
union all
select
    calls.source_dataset as missing_contact_id,
    'contacts counted' as unexpected_contact_id
from (
    select
        source_dataset,
        sum({{ flag('queued_at <= ' ~ as_of()) }}) as n
    from {{ ref('stg_files__calls') }}
    group by source_dataset
) as calls
left join (
    select
        source_system,
        count(*) as n
    from {{ ref('fct_contact') }}
    where case_id is null or contact_id <> case_id
    group by source_system
) as contacts
    on calls.source_dataset = contacts.source_system
where calls.n <> coalesce(contacts.n, 0)
{%- endif %}
