-- One row per CRM owner (own staff).

with

arrived as (

    select landed.* from {{ lake('hubspot', 'owners') }} as landed

),

renamed as (

    select
        -- ids
        id as owner_id,
        email_key,
        -- flags
        cast(archived as integer) as is_archived,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['owner_id']) }}

select * from newest_snapshot
