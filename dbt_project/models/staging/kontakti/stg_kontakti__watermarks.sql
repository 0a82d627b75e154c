-- One row per source and resource: how far its newest complete load read it.
with

landed as (

    {% for dataset in ['zendesk', 'twilio', 'hubspot', 'typeform'] -%}
    select
        '{{ dataset }}' as source_system,
        {{ dataset }}.*
    from {{ lake(dataset, 'watermarks') }} as {{ dataset }}
    union all
    {% endfor -%}
    select
        'files' as source_system,
        files.*
    from {{ lake_files('watermarks') }} as files

)

select
    source_system,
    resource,
    max(watermark_at) as watermark_at,
    max(_dlt_load_id) as _dlt_load_id
from landed
group by source_system, resource
