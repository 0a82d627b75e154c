-- One row per order.

with

arrived as (

    select landed.* from {{ lake_files('orders') }} as landed

),

renamed as (

    select
        -- ids
        order_id as native_order_id,
        customer_key,
        -- text
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        amount,
        source_row,
        -- timestamps
        ordered_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_order_id']) }}

select * from newest_version
