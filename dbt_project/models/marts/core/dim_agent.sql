-- One row per agent of any system and version of what the list of agents says of them: a change of
-- team, a leaving, a return. Every instant finds exactly one of them, so who has left stays an agent.
-- No names: the id is the employee id.
with

agent_ids as (

    select * from {{ ref('int_agent_ids') }}

),

listed as (

    select *
    from {{ ref('stg_files__agents') }}
    qualify source_dataset = first_value(source_dataset) over (
        partition by agent_id order by is_deleted asc, _dlt_load_id desc, source_dataset asc
    )

),

met as (

    select agent_id from agent_ids
    union
    select agent_id from listed
    union
    select agent_id from {{ ref('int_legs') }}
    union
    select first_agent_id as agent_id from {{ ref('int_contacts_clocked') }}
    union
    select last_agent_id as agent_id from {{ ref('int_contacts_clocked') }}
    union
    select agent_id from {{ ref('int_cases') }}
    union
    select agent_id from {{ ref('int_survey_answers') }}
    union
    -- Who wrote in a case that was never theirs.
    select author as agent_id from {{ ref('stg_files__messages') }}
    where author_role = 'agent'

),

native_ids as (

    select
        agent_id,
        min(case when source_system = 'twilio' then native_agent_id end) as twilio_worker_sid,
        min(case when source_system = 'zendesk' then native_agent_id end) as zendesk_user_id
    from agent_ids
    group by agent_id

),

versions as (

    select
        met.agent_id,
        listed.team,
        listed.site,
        listed.employer,
        listed.hired_at,
        listed.live_at,
        listed.left_at,
        listed.left_reason,
        listed.fte,
        native_ids.twilio_worker_sid,
        native_ids.zendesk_user_id,
        {{ flag('listed.agent_id is not null') }} as is_listed,
        listed.valid_from,
        coalesce(listed._dlt_load_id, '') as load_id
    from met
    left join listed on met.agent_id = listed.agent_id
    left join native_ids on met.agent_id = native_ids.agent_id
    where met.agent_id is not null

),

{{ held_versions('versions', 'agent', ties=['load_id']) }}

select
    agent_sk,
    agent_id,
    team,
    site,
    employer,
    hired_at,
    live_at,
    left_at,
    left_reason,
    fte,
    twilio_worker_sid,
    zendesk_user_id,
    is_listed,
    {{ flag('is_current = 1 and (left_at is null or left_at > ' ~ as_of() ~ ')') }} as is_employed,
    held_from as valid_from,
    held_to as valid_to,
    is_current
from held_versions
