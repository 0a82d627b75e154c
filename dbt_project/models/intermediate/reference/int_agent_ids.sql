-- One row per system and own id of a member of staff: the agent id used everywhere.
-- The employee id joins the systems; who has none keeps the vendor's id.
with

workers as (

    select * from {{ ref('stg_twilio__workers') }}

),

helpdesk_staff as (

    select *
    from {{ ref('stg_zendesk__users') }}
    where role in ('agent', 'admin') and user_id > 0

)

select
    'twilio' as source_system,
    worker_sid as native_agent_id,
    coalesce(employee_id, 'twilio:' || worker_sid) as agent_id
from workers
union all
select
    'zendesk' as source_system,
    cast(user_id as varchar) as native_agent_id,
    coalesce(external_id, 'zendesk:' || user_id) as agent_id
from helpdesk_staff
