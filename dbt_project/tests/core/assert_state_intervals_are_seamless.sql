-- Intervals of one contact or case neither overlap nor leave a gap, and only the last may be open.
with

intervals as (

    select
        *,
        lead(from_at) over (partition by entity_type, entity_id order by from_at, interval_no) as next_from_at
    from {{ ref('fct_contact_state_interval') }}

)

select *
from intervals
where
    to_at <= from_at
    or (next_from_at is not null and (to_at is null or to_at <> next_from_at))
