-- One row per customer.

with

arrived as (

    select landed.* from {{ lake_files('customers') }} as landed

),

renamed as (

    select
        -- ids
        customer_key as native_customer_id,
        -- text
        segment,
        country,
        language,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        monthly_revenue,
        source_row,
        -- flags
        cast(is_active as integer) as is_active,
        -- timestamps
        acquired_at,
        churned_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'native_customer_id'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
