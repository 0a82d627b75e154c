-- One row per queue and version of what the list said of it (macro landed_versions).

with

arrived as (

    select landed.* from {{ lake_files('queues') }} as landed

),

renamed as (

    select
        queue_id,
        name as queue_name,
        channel as channel_text,
        timezone,
        schedule_id,
        business_area,
        brand,
        client,
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
    keys=['source_dataset', 'queue_id'],
    attributes=[
        'queue_name', 'channel_text', 'timezone', 'schedule_id', 'business_area', 'brand', 'client',
    ]
) }}

select * from landed_versions
