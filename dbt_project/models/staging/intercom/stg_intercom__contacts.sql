-- One row per person who wrote, in the newest version of its own: also of who was merged since.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['contact_id']
) }}

with

arrived as (

    select landed.* from {{ lake('intercom', 'contacts') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as contact_id,
        email_key,
        phone_key,
        -- text
        role,
        language,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived
    where merged_into is null

),

{{ newest_version('renamed', keys=['contact_id'], version='updated_at') }}

select * from newest_version
