-- One row per worker, also those that vanished.

with

arrived as (

    select landed.* from {{ lake('twilio', 'workers') }} as landed

),

renamed as (

    select
        -- ids
        sid as worker_sid,
        employee_id,
        email_key,
        -- text
        activity_name,
        languages as languages_json,
        -- flags
        cast(available as integer) as is_available,
        -- timestamps
        date_created as created_at,
        date_updated as updated_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['worker_sid']) }}

select * from newest_snapshot
