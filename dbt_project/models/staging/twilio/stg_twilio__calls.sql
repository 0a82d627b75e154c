-- One row per call, as last listed.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['call_sid']
) }}

with

arrived as (

    select landed.* from {{ lake('twilio', 'calls') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        sid as call_sid,
        parent_call_sid,
        from_key,
        -- text
        direction,
        status,
        to_number,
        -- numbers
        duration_seconds,
        queue_time_ms,
        -- timestamps
        start_time as started_at,
        end_time as ended_at,
        date_created as created_at,
        date_updated,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['call_sid'], version='date_updated') }}

select * from newest_version
