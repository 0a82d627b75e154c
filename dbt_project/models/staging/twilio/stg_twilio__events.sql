-- One row per TaskRouter event.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['event_sid']
) }}

with

arrived as (

    select landed.* from {{ lake('twilio', 'events') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        sid as event_sid,
        resource_sid,
        task_sid,
        task_queue_sid,
        worker_sid,
        reservation_sid,
        from_key,
        call_sid,
        case_id as native_case_id,
        preceded_by,
        product_id,
        -- text
        event_type,
        actor_type,
        resource_type,
        task_queue_name,
        task_channel,
        canceled_reason,
        transfer_mode,
        task_assignment_status,
        direction,
        initiated_by,
        outcome,
        reason_code,
        language,
        lower(purpose) as purpose,
        announcement,
        -- numbers
        hold_seconds,
        first_response_seconds,
        ivr_seconds,
        -- timestamps
        occurred_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['event_sid']) }}

select * from newest_version
