-- Intervals of one contact or case neither overlap nor leave a gap, and only the last may be open.
select
    entity_type,
    entity_id,
    interval_no
from {{ ref('fct_contact_state_interval') }}
where to_at <= from_at and {{ in_tail_or_case('contact_started_at') }}
union all
select
    intervals.entity_type,
    intervals.entity_id,
    intervals.interval_no
from {{ ref('fct_contact_state_interval') }} as intervals
left join {{ ref('fct_contact_state_interval') }} as before
    on
        intervals.entity_type = before.entity_type
        and intervals.entity_id = before.entity_id
        and intervals.interval_no = before.interval_no + 1
        and {{ in_tail_or_case('before.contact_started_at') }}
where
    {{ in_tail_or_case('intervals.contact_started_at') }}
    and intervals.interval_no > 1 and coalesce(before.to_at <> intervals.from_at, true)
