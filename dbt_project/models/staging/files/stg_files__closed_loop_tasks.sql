-- One row per follow-up task after a negative survey answer, as last delivered.

with

arrived as (

    select landed.* from {{ lake_files('closed_loop_tasks') }} as landed

),

renamed as (

    select
        -- ids
        task_id as native_task_id,
        response_id as native_response_id,
        contact_id as native_contact_id,
        customer_key,
        agent as agent_id,
        cause as cause_reason_id,
        -- text
        action as action_taken,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        attempts,
        source_row,
        -- flags
        cast(coalesce(do_not_contact, false) as integer) as is_do_not_contact,
        -- timestamps
        created_at,
        first_attempt_at,
        reached_at,
        closed_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_task_id']) }}

select * from newest_version
