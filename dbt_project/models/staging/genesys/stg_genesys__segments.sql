-- One row per segment of a session, in the newest state of its conversation.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['session_id', 'segment_no']
) }}

with

arrived as (

    select landed.* from {{ lake('genesys', 'segments') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        conversation_id,
        participant_id,
        session_id,
        segment_no,
        user_id,
        queue_id,
        wrap_up_code_id,
        customer_key,
        twilio_sid,
        case_id as native_case_id,
        -- text
        purpose,
        media_type,
        direction,
        segment_type,
        disconnect_type,
        flow_out_type,
        language,
        outcome,
        -- numbers
        abandoned_after_ms,
        flowed_out_after_ms,
        first_engagement_ms,
        blind_transfers,
        consult_transfers,
        -- timestamps
        conversation_start as conversation_started_at,
        conversation_end as conversation_ended_at,
        segment_start as started_at,
        segment_end as ended_at,
        read_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['session_id', 'segment_no'], version='read_at') }}

select * from newest_version
