-- One row per queue.

with

arrived as (

    select landed.* from {{ lake_files('queues') }} as landed

),

renamed as (

    select
        -- ids
        queue_id,
        schedule_id,
        -- text
        name as queue_name,
        channel as channel_text,
        timezone,
        business_area,
        brand,
        client,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        source_row,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'queue_id'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
