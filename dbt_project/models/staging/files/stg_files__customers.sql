-- One row per customer and version of what the list said of it (macro landed_versions).

with

arrived as (

    select landed.* from {{ lake_files('customers') }} as landed

),

renamed as (

    select
        customer_key as native_customer_id,
        segment,
        country,
        language,
        monthly_revenue,
        cast(is_active as integer) as is_active,
        acquired_at,
        churned_at,
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
    keys=['source_dataset', 'native_customer_id'],
    attributes=[
        'segment', 'country', 'language', 'monthly_revenue', 'is_active', 'acquired_at',
        'churned_at',
    ]
) }}

select * from landed_versions
