-- One row per customer and month.

with

arrived as (

    select landed.* from {{ lake_files('customer_periods') }} as landed

),

renamed as (

    select
        -- ids
        customer_key as native_customer_id,
        -- text
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        revenue,
        source_row,
        -- flags
        cast(is_active as integer) as is_active,
        -- dates
        month,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_customer_id', 'month']) }}

select * from newest_version
