-- One row per conversation, in its newest version.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['conversation_id']
) }}

with

arrived as (

    select landed.* from {{ lake('intercom', 'conversations') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as conversation_id,
        contact_id,
        admin_assignee_id as admin_id,
        team_assignee_id as team_id,
        zendesk_ticket_id,
        -- text
        state,
        priority,
        source_type,
        delivered_as,
        contact_reason as reason_code,
        -- numbers
        handling_seconds,
        count_reopens,
        rating,
        -- timestamps
        created_at,
        first_admin_reply_at,
        first_close_at,
        last_close_at,
        rated_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['conversation_id'], version='updated_at') }}

select * from newest_version
