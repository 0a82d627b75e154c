-- The flags of a target say what its times say: breached is more than the target, due is stopped or
-- breached, met is due and not breached; the time counted is the one the target asks for, it is never
-- longer than the span it lies in, and open time is never more than calendar time.
select *
from {{ ref('fct_case_sla') }}
where
    is_breached <> case when elapsed_seconds > target_seconds then 1 else 0 end
    or is_achieved <> case when achieved_at is not null then 1 else 0 end
    or is_due <> greatest(is_achieved, is_breached)
    or is_met <> is_due - is_breached
    or elapsed_seconds
    <> case when is_business_hours = 1 then elapsed_business_seconds else elapsed_calendar_seconds end
    or elapsed_business_seconds > elapsed_calendar_seconds
    or elapsed_calendar_seconds > {{ seconds_between('starts_at', 'coalesce(achieved_at, ' ~ as_of() ~ ')') }}
    or achieved_at < starts_at
