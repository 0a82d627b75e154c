-- One row per task queue, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('twilio', 'task_queues') }} as landed

),

renamed as (

    select
        -- ids
        sid as task_queue_sid,
        -- text
        friendly_name as queue_name,
        target_workers,
        -- timestamps
        date_created as created_at,
        date_updated as updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['task_queue_sid']) }}

select * from newest_snapshot
