-- One row per opening interval of a schedule.

with

arrived as (

    select landed.* from {{ lake_files('schedules') }} as landed

),

renamed as (

    select
        -- ids
        schedule_id,
        -- text
        timezone,
        name as schedule_name,
        open_time,
        close_time,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        weekday,
        start_week_minute,
        end_week_minute,
        source_row,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'schedule_id', 'weekday', 'open_time', 'start_week_minute'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
