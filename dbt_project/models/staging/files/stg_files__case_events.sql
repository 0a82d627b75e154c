-- One row per change of a case.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_dataset', 'event_key']
) }}

with

arrived as (

    select landed.* from {{ lake_files('case_events') }} as landed
    {{ arrived_since_last_run(per_dataset=true) }}

),

renamed as (

    select
        -- ids
        case_id as native_case_id,
        -- text
        field as field_name,
        value as new_value,
        actor,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        sequence as event_sequence,
        source_row,
        -- timestamps
        occurred_at,
        concat_ws('|', case_id, occurred_at, field, coalesce(value, ''), coalesce(sequence, 0)) as event_key,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'event_key']) }}

select * from newest_version
