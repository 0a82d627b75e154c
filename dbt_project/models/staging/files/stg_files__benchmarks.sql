-- One row per published comparison figure.

with

arrived as (

    select landed.* from {{ lake_files('benchmarks') }} as landed

),

renamed as (

    select
        -- text
        source as benchmark_source,
        wave,
        company,
        metric,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        value as metric_value,
        n,
        promoters,
        detractors,
        source_row,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'benchmark_source', 'wave', 'company', 'metric']) }}

select * from newest_version
