-- One row per holiday of a schedule.

with

arrived as (

    select landed.* from {{ lake('zendesk', 'schedule_holidays') }} as landed

),

renamed as (

    select
        -- ids
        id as holiday_id,
        schedule_id,
        -- text
        name as holiday_name,
        -- dates
        start_date,
        end_date,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['holiday_id']) }}

select * from newest_snapshot
