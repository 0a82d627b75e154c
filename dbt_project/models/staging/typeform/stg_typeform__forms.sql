-- One row per survey form.

with

arrived as (

    select landed.* from {{ lake('typeform', 'forms') }} as landed

),

renamed as (

    select
        -- ids
        id as form_id,
        -- text
        title as form_title,
        language,
        -- timestamps
        last_updated_at as updated_at,
        created_at,
        _dlt_load_id
    from arrived

),

{{ newest_snapshot('renamed', keys=['form_id']) }}

select * from newest_snapshot
