-- One row per message of a case.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_dataset', 'native_message_id']
) }}

with

arrived as (

    select landed.* from {{ lake_files('messages') }} as landed
    {{ arrived_since_last_run(per_dataset=true) }}

),

renamed as (

    select
        -- ids
        message_id as native_message_id,
        case_id as native_case_id,
        -- text
        author_role,
        author,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        source_row,
        -- flags
        cast(is_public as integer) as is_public,
        -- timestamps
        sent_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_message_id']) }}

select * from newest_version
