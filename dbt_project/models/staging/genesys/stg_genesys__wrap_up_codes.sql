-- One row per wrap-up code, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('genesys', 'wrap_up_codes') }} as landed

),

renamed as (

    select
        -- ids
        id as wrap_up_code_id,
        -- text
        name as reason_code,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['wrap_up_code_id']) }}

select * from newest_snapshot
