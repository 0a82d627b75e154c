-- One row per group, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('zendesk', 'groups') }} as landed

),

renamed as (

    select
        -- ids
        id as group_id,
        -- text
        name as group_name,
        -- flags
        cast(deleted as integer) as is_deleted_by_source,
        -- timestamps
        created_at,
        updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['group_id']) }}

select * from newest_snapshot
