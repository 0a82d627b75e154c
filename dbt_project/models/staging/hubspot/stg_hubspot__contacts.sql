-- One row per CRM contact and time of change, as last exported: its newest change is what it is now.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['hubspot_contact_id', 'updated_at']
) }}

with

arrived as (

    select landed.* from {{ lake('hubspot', 'contacts') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as hubspot_contact_id,
        email_key,
        phone_key,
        company_id,
        merged_into as merged_into_contact_id,
        -- text
        lifecycle_stage,
        segment,
        customer_type,
        language,
        country,
        -- numbers
        monthly_revenue,
        -- flags
        cast(archived as integer) as is_archived,
        -- timestamps
        acquired_at,
        churned_at,
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['hubspot_contact_id', 'updated_at']) }}

select * from newest_version
