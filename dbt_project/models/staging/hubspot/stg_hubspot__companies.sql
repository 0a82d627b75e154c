-- One row per CRM company, as last exported.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id']
) }}

with

arrived as (

    select landed.* from {{ lake('hubspot', 'companies') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as company_id,
        merged_into as merged_into_company_id,
        -- text
        name as company_name,
        industry,
        -- flags
        cast(archived as integer) as is_archived,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['company_id'], version='updated_at') }}

select * from newest_version
