-- One row per target of a metric in a scope.

with

arrived as (

    select landed.* from {{ lake_files('targets') }} as landed

),

renamed as (

    select
        -- ids
        metric_id,
        queue as queue_id,
        -- text
        channel as channel_text,
        owner as target_owner,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        threshold_seconds,
        target as target_value,
        warn as warn_value,
        critical as critical_value,
        source_row,
        -- dates
        valid_from,
        valid_to,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'metric_id', 'channel_text', 'queue_id', 'valid_from'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
