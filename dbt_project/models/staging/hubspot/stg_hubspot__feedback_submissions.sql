-- One row per answer to a survey of HubSpot's own, in its newest version.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['submission_id'],
    enabled=has_hubspot_feedback()
) }}

with

arrived as (

    select landed.* from {{ lake('hubspot', 'feedback_submissions') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as submission_id,
        contact_id as hubspot_contact_id,
        -- text
        survey_type,
        survey_channel,
        -- numbers
        score,
        -- flags
        cast(archived as integer) as is_archived,
        -- timestamps
        submitted_at,
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['submission_id'], version='updated_at') }}

select * from newest_version
