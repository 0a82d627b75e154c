-- Grain: source system. How far each source is known: the oldest watermark over its resources that
-- tell of contacts as they happen, and how long that is before the instant the live marts show.
with

watermarks as (

    -- What lands once a day says nothing of how fresh the floor is.
    select
        source_system,
        min(watermark_at) as watermark_at
    from {{ ref('stg_kontakti__watermarks') }}
    where resource in ('tickets', 'ticket_events', 'events')
    group by source_system

)

select
    watermarks.source_system,
    watermarks.watermark_at,
    known.as_of_at,
    cast({{ seconds_between('watermarks.watermark_at', 'known.as_of_at') }} as bigint) as behind_seconds
from watermarks
cross join {{ ref('int_as_of') }} as known
