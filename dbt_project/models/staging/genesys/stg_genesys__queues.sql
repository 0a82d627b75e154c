-- One row per queue, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('genesys', 'queues') }} as landed

),

renamed as (

    select
        -- ids
        id as queue_id,
        -- text
        name as queue_name,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['queue_id']) }}

select * from newest_snapshot
