-- One row per member of staff, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('genesys', 'users') }} as landed

),

renamed as (

    select
        -- ids
        id as user_id,
        employee_id,
        email_key,
        -- text
        state,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['user_id']) }}

select * from newest_snapshot
