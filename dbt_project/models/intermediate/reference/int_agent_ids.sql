-- One row per system and own id of a member of staff: the agent id used everywhere.
-- The employee id joins the systems; who has none keeps the vendor's id. A bot that answers under a
-- seat of its own is no agent.
with

workers as (

    select * from {{ ref('stg_twilio__workers') }}

),

helpdesk_staff as (

    select *
    from {{ ref('stg_zendesk__users') }}
    where
        role in ('agent', 'admin')
        and user_id > 0
        and not {{ json_array_contains('tags_json', var('bot_user_tag')) }}

)

select
    'twilio' as source_system,
    worker_sid as native_agent_id,
    coalesce(employee_id, 'twilio:' || worker_sid) as agent_id
from workers
union all
select
    'zendesk' as source_system,
    cast(user_id as string) as native_agent_id,
    coalesce(external_id, 'zendesk:' || user_id) as agent_id
from helpdesk_staff
