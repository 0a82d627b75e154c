-- One row per metric and priority of an SLA policy.

with

arrived as (

    select landed.* from {{ lake('zendesk', 'sla_policies') }} as landed

),

renamed as (

    select
        -- ids
        id as policy_id,
        -- text
        title as policy_title,
        metric,
        priority,
        conditions as conditions_json,
        -- numbers
        position as policy_position,
        target_minutes,
        -- flags
        cast(business_hours as integer) as is_business_hours,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['policy_id', 'metric', 'priority']
) }}

select * from newest_snapshot
