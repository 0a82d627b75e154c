-- One row per holiday of a schedule.

with

arrived as (

    select landed.* from {{ lake_files('schedule_holidays') }} as landed

),

renamed as (

    select
        -- ids
        schedule_id,
        -- text
        name as holiday_name,
        open_time,
        close_time,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        source_row,
        -- dates
        start_date,
        end_date,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'schedule_id', 'start_date', 'end_date', 'open_time'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
