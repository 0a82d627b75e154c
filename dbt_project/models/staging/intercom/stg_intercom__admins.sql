-- One row per member of staff, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('intercom', 'admins') }} as landed

),

renamed as (

    select
        -- ids
        cast(id as bigint) as admin_id,
        email_key,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['admin_id']) }}

select * from newest_snapshot
