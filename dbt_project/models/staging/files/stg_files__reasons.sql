-- One row per leaf of the contact reason tree and version of what the tree said of it (macro
-- landed_versions).

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
        -- timestamps
        valid_from,
        _dlt_load_id
    from arrived

),

{{ landed_versions(
    'renamed',
    keys=['source_dataset', 'reason_id'],
    attributes=[
        'l1', 'l2', 'l3', 'reason_family', 'value_category', 'complexity', 'standard_handle_seconds',
        'is_resolvable_at_first_level',
    ]
) }}

select * from landed_versions
