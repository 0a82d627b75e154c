-- One row per status of the company's own.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['status_id']
) }}

with

arrived as (

    select landed.* from {{ lake('mastodon', 'statuses') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as status_id,
        in_reply_to_id,
        -- text
        visibility,
        language,
        -- timestamps
        created_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['status_id']) }}

select * from newest_version
