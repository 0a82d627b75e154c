-- One row per activity code, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('genesys', 'activity_codes') }} as landed

),

renamed as (

    select
        -- ids
        business_unit_id,
        id as activity_code_id,
        -- text
        name as activity_name,
        category as activity_category,
        -- numbers
        cast(is_active as integer) as is_active,
        cast(is_paid as integer) as is_paid,
        cast(is_work as integer) as is_work,
        cast(is_shrinkage as integer) as is_shrinkage,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['business_unit_id', 'activity_code_id']) }}

select * from newest_snapshot
