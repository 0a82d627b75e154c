{{ config(severity="warn") }}

-- Within a contact and a leg, times follow one another, and nothing is later than as-of. Clock
-- skew of a source shows here before it shows in a duration.
select
    contact_id as row_id,
    started_at,
    queued_at as next_at
from {{ ref('fct_contact') }}
where
    {{ in_tail('started_at') }}
    and (
        queued_at < started_at
        or answered_at < queued_at
        or ended_at < started_at
        or greatest(started_at, queued_at, answered_at, ended_at) > as_of_at
    )
union all
select
    leg_id as row_id,
    queued_at as started_at,
    connected_at as next_at
from {{ ref('fct_contact_leg') }}
where
    {{ in_tail('contact_started_at') }}
    and (connected_at < queued_at or left_at < coalesce(connected_at, queued_at) or wrapped_at < left_at)
