-- One row per address or number that a user can be reached by: whose it was last.
-- After a merge the user that is kept has what the other one had.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['identity_key']
) }}

with

arrived as (

    select landed.* from {{ lake('zendesk', 'user_identities') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        identity_key,
        user_id,
        id as identity_id,
        -- text
        identity_type,
        -- flags
        cast(is_primary as integer) as is_primary,
        -- timestamps
        user_updated_at,
        _dlt_load_id
    from arrived
    where identity_key is not null

),

{{ newest_version('renamed', keys=['identity_key'], version='user_updated_at') }}

select * from newest_version
