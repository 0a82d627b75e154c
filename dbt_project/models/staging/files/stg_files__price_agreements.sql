-- One row per price of an agreement for a channel and volume band.

with

arrived as (

    select landed.* from {{ lake_files('price_agreements') }} as landed

),

renamed as (

    select
        -- ids
        agreement_id,
        -- text
        client,
        channel as channel_text,
        model as billing_model,
        rounding as rounding_rule,
        billable_rule,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        unit_price,
        minute_price,
        band_from,
        band_to,
        source_row,
        -- dates
        valid_from,
        valid_to,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot(
    'renamed',
    keys=['source_dataset', 'agreement_id', 'channel_text', 'band_from', 'valid_from'],
    scope=['source_dataset', 'source_file']
) }}

select * from newest_snapshot
