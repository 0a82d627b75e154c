-- One row per case, as last delivered.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_dataset', 'native_case_id']
) }}

with

arrived as (

    select landed.* from {{ lake_files('cases') }} as landed
    {{ arrived_since_last_run(per_dataset=true) }}

),

renamed as (

    select
        -- ids
        case_id as native_case_id,
        customer_key,
        agent as agent_id,
        -- text
        status,
        case_type,
        opened_by_role,
        channel as channel_text,
        queue as queue_name,
        reason as reason_code,
        priority,
        brand,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        source_row,
        -- flags
        cast(made_sla as integer) as is_sla_met_by_source,
        -- timestamps
        created_at,
        updated_at,
        solved_at,
        closed_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_case_id'], version='updated_at') }}

select * from newest_version
