-- One row per contact that was merged into another.
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
        merged_into as merged_into_contact_id,
        -- timestamps
        updated_at as merged_at,
        _dlt_load_id
    from arrived
    where merged_into is not null

),

{{ newest_version('renamed', keys=['contact_id'], version='merged_at') }}

select * from newest_version
