-- One row per mention of the company's account.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['mention_id']
) }}

with

arrived as (

    select landed.* from {{ lake('mastodon', 'mentions') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as mention_id,
        status_id,
        in_reply_to_id,
        account_key,
        -- text
        visibility,
        language,
        -- timestamps
        created_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['mention_id']) }}

select * from newest_version
