-- One row per activity of an agent's shift or day off, also those that were taken out of the schedule.

with

arrived as (

    select landed.* from {{ lake('genesys', 'agent_schedules') }} as landed

),

renamed as (

    select
        -- ids
        management_unit_id,
        user_id,
        shift_id,
        activity_code_id,
        -- numbers
        shift_minutes,
        activity_minutes,
        cast(is_paid as integer) as is_paid,
        cast(is_full_day_off as integer) as is_full_day_off,
        cast(is_edited as integer) as is_edited,
        -- timestamps
        week_start as week_started_at,
        shift_start as shift_started_at,
        activity_start as started_at,
        read_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['user_id', 'started_at', 'activity_code_id'],
    scope=['management_unit_id', 'week_started_at']
) }}

-- A week that became empty lands as one row of nobody.
select * from newest_snapshot
where user_id is not null
