-- One row per satisfaction rating, as last sent.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['rating_id']
) }}

with

arrived as (

    select landed.* from {{ lake('zendesk', 'satisfaction_ratings') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as rating_id,
        ticket_id,
        requester_id,
        assignee_id,
        group_id,
        -- text
        score,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['rating_id'], version='updated_at') }}

select * from newest_version
