-- One row per team, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('intercom', 'teams') }} as landed

),

renamed as (

    select
        -- ids
        cast(id as bigint) as team_id,
        -- text
        name as team_name,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['team_id']) }}

select * from newest_snapshot
