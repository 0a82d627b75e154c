-- Grain: local date x channel x queue. Created figures stand on the day the case was created, solved
-- figures on the day of its last solve, first-solve figures on the day of its first (catalogue E6), so
-- one row mixes three cohorts: read clearance from it, never a share of the same cases. Targets are of
-- the created cohort, reopens within the window of the first-solved one.

with cases as (

    select * from {{ ref('fct_case') }}

),

created as (

    select
        created_local_date as local_date,
        channel,
        queue_id,
        count(*) as cases_created,
        {{ sum_count('is_active') }} as still_active,
        {{ sum_count('is_resolution_due') }} as resolutions_due,
        {{ sum_count('is_resolved_within_target') }} as resolved_within_target,
        0 as cases_resolved,
        0 as one_touch_eligible,
        0 as one_touch,
        0 as reopened,
        0 as full_resolution_seconds,
        0 as full_resolution_seconds_sq,
        0 as full_resolution_business_seconds,
        0 as full_resolution_excl_pending_seconds,
        0 as sla_judged_by_source,
        0 as sla_met_by_source,
        0 as first_solved,
        0 as first_resolution_seconds,
        0 as reopen_mature,
        0 as reopened_in_window
    from cases
    group by created_local_date, channel, queue_id

),

solved as (

    select
        solved_local_date as local_date,
        channel,
        queue_id,
        0 as cases_created,
        0 as still_active,
        0 as resolutions_due,
        0 as resolved_within_target,
        count(*) as cases_resolved,
        {{ sum_count('is_one_touch_eligible') }} as one_touch_eligible,
        {{ sum_count('is_one_touch') }} as one_touch,
        {{ sum_count('is_reopened') }} as reopened,
        {{ sum_count('full_resolution_seconds') }} as full_resolution_seconds,
        {{ sum_squares('full_resolution_seconds') }} as full_resolution_seconds_sq,
        {{ sum_count('full_resolution_business_seconds') }} as full_resolution_business_seconds,
        {{ sum_count('full_resolution_excl_pending_seconds') }} as full_resolution_excl_pending_seconds,
        cast(count(is_sla_met_by_source) as bigint) as sla_judged_by_source,
        {{ sum_count('is_sla_met_by_source') }} as sla_met_by_source,
        0 as first_solved,
        0 as first_resolution_seconds,
        0 as reopen_mature,
        0 as reopened_in_window
    from cases
    where is_solved = 1
    group by solved_local_date, channel, queue_id

),

first_solved_cases as (

    select
        first_solved_local_date as local_date,
        channel,
        queue_id,
        0 as cases_created,
        0 as still_active,
        0 as resolutions_due,
        0 as resolved_within_target,
        0 as cases_resolved,
        0 as one_touch_eligible,
        0 as one_touch,
        0 as reopened,
        0 as full_resolution_seconds,
        0 as full_resolution_seconds_sq,
        0 as full_resolution_business_seconds,
        0 as full_resolution_excl_pending_seconds,
        0 as sla_judged_by_source,
        0 as sla_met_by_source,
        count(*) as first_solved,
        {{ sum_count('first_resolution_seconds') }} as first_resolution_seconds,
        {{ sum_count('is_reopen_mature') }} as reopen_mature,
        {{ sum_count('is_reopened_in_window') }} as reopened_in_window
    from cases
    where first_solved_at is not null
    group by first_solved_local_date, channel, queue_id

),

all_anchors as (

    select * from created
    union all
    select * from solved
    union all
    select * from first_solved_cases

),

final as (

    select
        local_date,
        channel,
        queue_id,
        {{ sum_count('cases_created') }} as cases_created,
        {{ sum_count('still_active') }} as still_active,
        {{ sum_count('resolutions_due') }} as resolutions_due,
        {{ sum_count('resolved_within_target') }} as resolved_within_target,
        {{ sum_count('cases_resolved') }} as cases_resolved,
        {{ sum_count('one_touch_eligible') }} as one_touch_eligible,
        {{ sum_count('one_touch') }} as one_touch,
        {{ sum_count('reopened') }} as reopened,
        {{ sum_count('full_resolution_seconds') }} as full_resolution_seconds,
        cast(coalesce(sum(full_resolution_seconds_sq), 0) as double) as full_resolution_seconds_sq,
        {{ sum_count('full_resolution_business_seconds') }} as full_resolution_business_seconds,
        {{ sum_count('full_resolution_excl_pending_seconds') }} as full_resolution_excl_pending_seconds,
        {{ sum_count('sla_judged_by_source') }} as sla_judged_by_source,
        {{ sum_count('sla_met_by_source') }} as sla_met_by_source,
        {{ sum_count('first_solved') }} as first_solved,
        {{ sum_count('first_resolution_seconds') }} as first_resolution_seconds,
        {{ sum_count('reopen_mature') }} as reopen_mature,
        {{ sum_count('reopened_in_window') }} as reopened_in_window
    from all_anchors
    group by local_date, channel, queue_id

)

select * from final
