-- One row per ticket, as last exported.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['ticket_id']
) }}

with

arrived as (

    select landed.* from {{ lake('zendesk', 'tickets') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as ticket_id,
        requester_id,
        submitter_id,
        assignee_id,
        group_id,
        organization_id,
        brand_id,
        external_id,
        -- text
        status,
        priority,
        type as ticket_type,
        via_channel,
        reason_code,
        tags as tags_json,
        satisfaction_score,
        -- numbers
        time_spent_seconds,
        -- timestamps
        created_at,
        updated_at,
        generated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['ticket_id'], version='updated_at') }}

select * from newest_version
