-- One row per source and resource: how far its newest complete load read it.
with

landed as (

    select
        'zendesk' as source_system,
        landed_rows.*
    from {{ lake('zendesk', 'watermarks') }} as landed_rows
    union all
    select
        'twilio' as source_system,
        landed_rows.*
    from {{ lake('twilio', 'watermarks') }} as landed_rows
    union all
    select
        'hubspot' as source_system,
        landed_rows.*
    from {{ lake('hubspot', 'watermarks') }} as landed_rows
    union all
    select
        'typeform' as source_system,
        landed_rows.*
    from {{ lake('typeform', 'watermarks') }} as landed_rows
    union all
    select
        'files' as source_system,
        landed_rows.*
    from {{ lake_files('watermarks') }} as landed_rows
    {%- for system in more_systems() %}
    union all
    select
        '{{ system }}' as source_system,
        landed_rows.*
    from {{ lake(system, 'watermarks') }} as landed_rows
    {%- endfor %}

)

select
    source_system,
    resource,
    max(watermark_at) as watermark_at,
    max(_dlt_load_id) as _dlt_load_id
from landed
group by source_system, resource
