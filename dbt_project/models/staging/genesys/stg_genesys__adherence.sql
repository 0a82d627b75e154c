-- One row per agent and day, as the vendor worked adherence out last.

with

arrived as (

    select landed.* from {{ lake('genesys', 'adherence') }} as landed

),

renamed as (

    select
        -- ids
        management_unit_id,
        user_id,
        -- numbers
        schedule_seconds,
        actual_seconds,
        adherence_schedule_seconds,
        exception_seconds,
        exception_count,
        impact_seconds,
        conformance_schedule_seconds,
        conformance_actual_seconds,
        adherence_percentage,
        conformance_percentage,
        -- timestamps
        day_start as day_started_at,
        read_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['user_id', 'day_started_at'], version='read_at') }}

select * from newest_version
