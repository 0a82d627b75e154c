-- One row per agent and version of what the list said of it (macro landed_versions).

with

arrived as (

    select landed.* from {{ lake_files('agents') }} as landed

),

renamed as (

    select
        agent_id,
        team,
        site,
        employer,
        left_reason,
        fte,
        hired_at,
        live_at,
        left_at,
        source_dataset,
        source_file,
        file_hash,
        source_row,
        valid_from,
        _dlt_load_id
    from arrived

),

{{ landed_versions(
    'renamed',
    keys=['source_dataset', 'agent_id'],
    attributes=[
        'team', 'site', 'employer', 'left_reason', 'fte', 'hired_at', 'live_at', 'left_at',
    ]
) }}

select * from landed_versions
