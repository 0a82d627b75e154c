-- One row per user, as last exported.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['user_id']
) }}

with

arrived as (

    select landed.* from {{ lake('zendesk', 'users') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as user_id,
        email_key,
        phone_key,
        external_id,
        organization_id,
        -- text
        role,
        locale,
        tags as tags_json,
        -- flags
        cast(active as integer) as is_active,
        cast(suspended as integer) as is_suspended,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['user_id'], version='updated_at') }}

select * from newest_version
