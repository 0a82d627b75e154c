-- Intervals of one contact or case neither overlap nor leave a gap, and only the last may be open. What each
-- begins with is compared with what the one before it ended with by hashes: texts take half as long again.
-- The table is named each time: the engine would keep all rows of a name that is used twice.
{% set intervals = ref('fct_contact_state_interval') %}
{% set begins_with = values_hash(['entity_type', 'entity_id', 'interval_no', 'from_at']) %}
select
    entity_type,
    entity_id,
    interval_no
from {{ intervals }}
where to_at <= from_at and {{ in_tail_or_case('contact_started_at') }}
union all
select
    entity_type,
    entity_id,
    interval_no
from {{ intervals }}
where
    interval_no > 1
    and {{ in_tail_or_case('contact_started_at') }}
    and {{ begins_with }} not in (
        select {{ begins_with }}
        from (
            select
                entity_type,
                entity_id,
                interval_no + 1 as interval_no,
                to_at as from_at
            from {{ intervals }}
            where to_at is not null and {{ in_tail_or_case('contact_started_at') }}
        ) as continued
    )
