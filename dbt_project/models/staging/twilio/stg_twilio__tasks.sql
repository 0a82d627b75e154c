-- One row per task that was live in some load; is_deleted = 1 once it has ended.

with

arrived as (

    select landed.* from {{ lake('twilio', 'tasks') }} as landed

),

renamed as (

    select
        -- ids
        sid as task_sid,
        task_queue_sid,
        from_key,
        preceded_by,
        -- text
        assignment_status,
        task_channel,
        reason,
        direction,
        language,
        -- numbers
        priority as task_priority,
        -- timestamps
        date_created as created_at,
        date_updated as updated_at,
        task_queue_entered_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['task_sid']) }}

select * from newest_snapshot
