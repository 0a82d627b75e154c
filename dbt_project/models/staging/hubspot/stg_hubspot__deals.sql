-- One row per CRM deal, as last exported.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['deal_id']
) }}

with

arrived as (

    select landed.* from {{ lake('hubspot', 'deals') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as deal_id,
        contact_id as hubspot_contact_id,
        -- text
        pipeline,
        deal_stage,
        -- numbers
        amount,
        -- flags
        cast(archived as integer) as is_archived,
        -- timestamps
        closed_at,
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['deal_id'], version='updated_at') }}

select * from newest_version
