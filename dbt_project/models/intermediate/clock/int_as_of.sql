-- One row: the instant up to which every source is known. Facts see nothing later, so a source
-- that was read further than another does not show half a story. On an empty lake: 1970.
with

watermarks as (

    select * from {{ ref('stg_kontakti__watermarks') }}

),

counted as (

    select watermark_at
    from watermarks
    where {{ is_as_of_resource('source_system', 'resource') }}

)

select
    coalesce(
        {{ told_as_of() }},
        {{ 'max' if target.name == 'live' else 'min' }}(watermark_at),
        timestamp '1970-01-01 00:00:00'
    ) as as_of_at
from counted
