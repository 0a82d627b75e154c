-- One row per activity that workers can be in.

with

arrived as (

    select landed.* from {{ lake('twilio', 'activities') }} as landed

),

renamed as (

    select
        -- ids
        sid as activity_sid,
        -- text
        friendly_name as activity_name,
        -- flags
        cast(available as integer) as is_available,
        -- timestamps
        date_created as created_at,
        date_updated as updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['activity_sid']) }}

select * from newest_snapshot
