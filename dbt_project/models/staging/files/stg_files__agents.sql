-- One row per agent.

with

arrived as (

    select landed.* from {{ lake_files('agents') }} as landed

),

renamed as (

    select
        -- ids
        agent_id,
        -- text
        team,
        site,
        employer,
        left_reason,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        fte,
        source_row,
        -- timestamps
        hired_at,
        live_at,
        left_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'agent_id'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
