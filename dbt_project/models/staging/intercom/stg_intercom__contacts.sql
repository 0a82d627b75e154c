-- One row per person who wrote, in the newest version of their own, and one more of who was merged into
-- another: that one has nothing but into whom.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['contact_id', 'is_merged']
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
        merged_into as merged_into_contact_id,
        -- text
        role,
        language,
        -- flags
        case when merged_into is null then 0 else 1 end as is_merged,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['contact_id', 'is_merged'], version='updated_at') }}

select * from newest_version
