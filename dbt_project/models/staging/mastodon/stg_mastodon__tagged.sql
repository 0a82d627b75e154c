-- One row per tag and status that carries it.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['tag', 'status_id']
) }}

with

arrived as (

    select landed.* from {{ lake('mastodon', 'tagged') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as status_id,
        in_reply_to_id,
        account_key,
        -- text
        tag,
        language,
        -- timestamps
        created_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['tag', 'status_id']) }}

select * from newest_version
