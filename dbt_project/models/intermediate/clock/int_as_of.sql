-- One row: the instant up to which every source is known. Facts see nothing later, so a source
-- that was read further than another does not show half a story. On an empty lake: 1970.
with

watermarks as (

    select * from {{ ref('stg_kontakti__watermarks') }}

),

counted as (

    select watermark_at
    from watermarks
    where
        {%- for source_system, resources in as_of_resources().items() %}
        {{ 'or ' if not loop.first }}(
            source_system = '{{ source_system }}'
            and resource in ('{{ resources | join("', '") }}')
        )
        {%- endfor %}

)

select
    {% if var('as_of') -%}
    cast('{{ var("as_of") }}' as timestamp) as as_of_at
    {%- else -%}
    coalesce(min(counted.watermark_at), timestamp '1970-01-01 00:00:00') as as_of_at
    {%- endif %}
from counted
