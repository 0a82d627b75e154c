-- One row per solved case with the business seconds from its creation to its last solve, summed
-- over every schedule that it was on.
with

cases as (

    select * from {{ ref('int_cases') }}
    where last_solved_at >= created_at

),

queues as (

    select * from {{ ref('int_queues') }}

),

case_schedules as (

    select * from {{ ref('int_case_schedules') }}

),

spans as (

    select
        cases.case_id,
        coalesce(case_schedules.schedule_id, queues.schedule_id) as schedule_id,
        greatest(cases.created_at, coalesce(case_schedules.from_at, cases.created_at)) as from_at,
        least(cases.last_solved_at, coalesce(case_schedules.to_at, cases.last_solved_at)) as to_at
    from cases
    left join queues on cases.queue_id = queues.queue_id
    left join case_schedules on cases.case_id = case_schedules.case_id

),

forward_spans as (

    select * from spans
    where from_at <= to_at

),

{{ business_clock('forward_spans') }}

select
    case_id,
    cast(sum(business_seconds) as bigint) as full_resolution_business_seconds
from business_spans
group by case_id
