-- One row per stretch of time in which a case is on a schedule.

with

arrived as (

    select landed.* from {{ lake_files('case_schedules') }} as landed

),

renamed as (

    select
        -- ids
        case_id as native_case_id,
        schedule_id,
        -- text
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        source_row,
        -- timestamps
        valid_from,
        valid_to,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_case_id', 'valid_from']) }}

select * from newest_version
