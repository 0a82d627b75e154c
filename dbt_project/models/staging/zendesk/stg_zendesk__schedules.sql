-- One row per opening interval of a schedule.

with

arrived as (

    select landed.* from {{ lake('zendesk', 'schedules') }} as landed

),

renamed as (

    select
        -- ids
        schedule_id,
        -- text
        name as schedule_name,
        time_zone as timezone,
        -- numbers
        start_week_minute,
        end_week_minute,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['schedule_id', 'start_week_minute']
) }}

select * from newest_snapshot
