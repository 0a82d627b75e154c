-- One row per leaf of the contact reason tree.

with

arrived as (

    select landed.* from {{ lake_files('reasons') }} as landed

),

renamed as (

    select
        -- ids
        reason_id,
        -- text
        l1,
        l2,
        l3,
        reason_family,
        value_category,
        complexity,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        standard_handle_seconds,
        source_row,
        -- flags
        cast(resolvable_at_first_level as integer) as is_resolvable_at_first_level,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'reason_id'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
