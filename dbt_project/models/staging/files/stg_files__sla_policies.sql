-- One row per metric and priority of an SLA policy.

with

arrived as (

    select landed.* from {{ lake_files('sla_policies') }} as landed

),

renamed as (

    select
        -- ids
        policy_id,
        -- text
        metric,
        priority,
        name as policy_name,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        target_minutes,
        source_row,
        -- flags
        cast(in_business_hours as integer) as is_business_hours,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'policy_id', 'metric', 'priority'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
