-- One row per agent of any system. No names: the id is the employee id.
with

agent_ids as (

    select * from {{ ref('int_agent_ids') }}

),

listed as (

    select *
    from {{ ref('stg_files__agents') }}
    qualify row_number() over (
        partition by agent_id order by is_deleted asc, _dlt_load_id desc, source_dataset asc
    ) = 1

),

met as (

    select agent_id from agent_ids
    union
    select agent_id from listed
    union
    select agent_id from {{ ref('int_legs') }}
    union
    select first_agent_id as agent_id from {{ ref('int_contacts') }}
    union
    select last_agent_id as agent_id from {{ ref('int_contacts') }}
    union
    select agent_id from {{ ref('int_cases') }}
    union
    select agent_id from {{ ref('int_survey_answers') }}

),

native_ids as (

    select
        agent_id,
        min(case when source_system = 'twilio' then native_agent_id end) as twilio_worker_sid,
        min(case when source_system = 'zendesk' then native_agent_id end) as zendesk_user_id
    from agent_ids
    group by agent_id

),

final as (

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
        {{ flag('listed.left_at is null or listed.left_at > ' ~ as_of()) }} as is_employed
    from met
    left join listed on met.agent_id = listed.agent_id
    left join native_ids on met.agent_id = native_ids.agent_id
    where met.agent_id is not null

)

select * from final
