-- One row per state of an agent over a stretch of time.

with

arrived as (

    select landed.* from {{ lake_files('agent_states') }} as landed

),

renamed as (

    select
        -- ids
        agent_id,
        -- text
        state as agent_state,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        source_row,
        -- timestamps
        from_at,
        to_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'agent_id', 'from_at']) }}

select * from newest_version
