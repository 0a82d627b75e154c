-- One row per case that was ever solved: open time from its creation to its first and last solve,
-- and the time before the last solve in which it waited for the customer, summed over every schedule
-- that it was on.
with

cases as (

    select * from {{ ref('int_cases') }}
    where last_solved_at >= created_at

),

measured as (

    select
        case_id,
        'full' as clock,
        created_at as from_at,
        last_solved_at as to_at
    from cases
    union all
    select
        case_id,
        'first' as clock,
        created_at as from_at,
        first_solved_at as to_at
    from cases
    where first_solved_at >= created_at
    union all
    select
        cases.case_id,
        'pending' as clock,
        greatest(spans.from_at, cases.created_at) as from_at,
        least(spans.to_at, cases.last_solved_at) as to_at
    from cases
    inner join {{ ref('int_case_status_spans') }} as spans on cases.case_id = spans.case_id
    where spans.status = 'pending' and spans.from_at < cases.last_solved_at

),

spans as (

    select
        measured.case_id,
        measured.clock,
        schedules.schedule_id,
        greatest(measured.from_at, schedules.from_at) as from_at,
        least(measured.to_at, schedules.to_at) as to_at
    from measured
    inner join {{ ref('int_case_schedules') }} as schedules
        on
            measured.case_id = schedules.case_id
            and measured.from_at < schedules.to_at
            and measured.to_at >= schedules.from_at

),

{{ business_clock('spans') }}

select
    case_id,
    cast({{ whole_seconds("sum(case when clock = 'full' then business_micros end)") }} as bigint)
        as full_resolution_business_seconds,
    cast({{ whole_seconds("sum(case when clock = 'first' then business_micros end)") }} as bigint)
        as first_resolution_business_seconds,
    {{ whole_seconds(sum_count(
        "case when clock = 'pending' then " ~ span_micros('from_at', 'to_at') ~ " end"
    )) }} as pending_seconds,
    {{ whole_seconds(sum_count("case when clock = 'pending' then business_micros end")) }}
        as pending_business_seconds
from business_spans
group by case_id
