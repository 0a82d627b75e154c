-- One row per call of a call detail record.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_dataset', 'native_call_id'],
    meta={'tested': 'of_calls_that_came'}
) }}

with

arrived as (

    select landed.* from {{ lake_files('calls') }} as landed
    {{ arrived_since_last_run(per_dataset=true) }}

),

renamed as (

    select
        -- ids
        call_id as native_call_id,
        agent as agent_id,
        customer_key,
        -- text
        outcome,
        queue as queue_name,
        direction,
        reason as reason_code,
        priority,
        resolved as resolved_text,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        pre_queue_seconds,
        wait_seconds,
        talk_seconds,
        hold_seconds,
        wrap_seconds,
        csat_score,
        source_row,
        -- timestamps
        queued_at,
        started_at,
        answered_at,
        ended_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_call_id']) }}

select * from newest_version
