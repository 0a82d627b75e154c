-- One row per campaign.

with

arrived as (

    select landed.* from {{ lake_files('campaigns') }} as landed

),

renamed as (

    select
        -- ids
        campaign_id,
        -- text
        name as campaign_name,
        type as campaign_type,
        queues as queue_ids,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        after_effect_days,
        source_row,
        -- dates
        starts_on,
        ends_on,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'campaign_id'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
