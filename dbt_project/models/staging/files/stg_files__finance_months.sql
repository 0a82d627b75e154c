-- One row per cost centre and month.

with

arrived as (

    select landed.* from {{ lake_files('finance_months') }} as landed

),

renamed as (

    select
        -- text
        cost_centre,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        opex,
        operating_cash_flow,
        source_row,
        -- dates
        month,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'cost_centre', 'month']) }}

select * from newest_version
