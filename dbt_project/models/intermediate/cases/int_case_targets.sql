-- One row per case, clock and application of a target, with when the clock starts and stops (null
-- while it runs). Where a helpdesk writes down the targets that it applied, those hold. Where it does
-- not, its policy for the case's priority holds if there is exactly one, else dim_target's for the
-- queue and channel of the case.
{%- set clocks = case_clocks() %}
with

cases as (

    select
        cases.*,
        channels.is_deferrable,
        {{ to_local(
            'cases.created_at', "coalesce(queues.timezone, '" ~ var('default_timezone') ~ "')"
        ) }} as created_local_at
    from {{ ref('int_cases') }} as cases
    left join {{ ref('channels') }} as channels on cases.channel = channels.channel
    left join {{ ref('int_queues') }} as queues on cases.queue_id = queues.queue_id
    where cases.is_spam = 0 and cases.is_deleted = 0 and cases.merged_into_case_id is null

),

events as (

    select * from {{ ref('int_case_events') }}

),

written_targets as (

    -- Of two targets of one clock and second the later one holds.
    select
        case_id,
        source_system,
        field_name as clock,
        occurred_at as applied_at,
        60 * coalesce(
            {{ cast_or_null(json_member('new_value', 'minutes'), 'double') }},
            {{ cast_or_null('new_value', 'double') }}
        ) as target_seconds,
        {{ flag("lower(" ~ json_member('new_value', 'in_business_hours') ~ ") = 'true'") }}
            as is_business_hours
    from events
    where field_name in ('{{ clocks | join("', '") }}')
    qualify row_number() over (
        partition by case_id, field_name, occurred_at order by event_order desc, new_value desc
    ) = 1

),

written_policies as (

    select
        targets.case_id,
        targets.applied_at,
        {{ last_by('policies.new_value', 'policies.occurred_at') }} as policy_name
    from written_targets as targets
    inner join events as policies
        on
            targets.case_id = policies.case_id
            and policies.field_name = 'sla_policy'
            and targets.applied_at >= policies.occurred_at
    group by targets.case_id, targets.applied_at

),

written as (

    select
        targets.case_id,
        targets.clock,
        targets.applied_at,
        targets.target_seconds,
        targets.is_business_hours,
        policies.policy_name,
        'case' as target_source
    from written_targets as targets
    left join written_policies as policies
        on targets.case_id = policies.case_id and targets.applied_at = policies.applied_at
    where targets.target_seconds is not null

),

silent_cases as (

    select *
    from cases
    where
        is_customer_case = 1
        and source_system not in (select written_targets.source_system from written_targets)

),

starts as (

    -- Response clocks run for customers who wrote: an agent's own message is no question.
    select
        silent_cases.*,
        clocks.clock,
        clocks.metric_id,
        silent_cases.created_at as applied_at
    from silent_cases
    cross join
        (
            values
            ('first_reply_time', 'response_within_target_rate'),
            ('full_resolution_time', 'resolved_within_target_rate'),
            ('total_resolution_time', 'total_resolution_time'),
            ('agent_work_time', 'agent_work_time'),
            ('requester_wait_time', 'requester_wait_time')
        ) as clocks (clock, metric_id)
    where
        clocks.clock <> 'first_reply_time'
        or (
            silent_cases.direction = 'inbound'
            and silent_cases.is_deferrable = 1
            and silent_cases.has_comments = 1
        )
    union all
    select
        silent_cases.*,
        'next_reply_time' as clock,
        'next_reply_time' as metric_id,
        waits.asked_at as applied_at
    from silent_cases
    inner join {{ ref('fct_case_reply') }} as waits on silent_cases.case_id = waits.case_id
    where waits.replies_before > 0

),

policies as (

    select
        source_dataset as source_system,
        metric,
        lower(priority) as priority,
        target_minutes,
        is_business_hours,
        policy_name
    from {{ ref('stg_files__sla_policies') }}
    where is_deleted = 0
    union all
    select
        'zendesk' as source_system,
        metric,
        lower(priority) as priority,
        target_minutes,
        is_business_hours,
        policy_title as policy_name
    from {{ ref('stg_zendesk__sla_policies') }}
    where is_deleted = 0

),

sole_policies as (

    -- Of two policies nobody knows here which one a case is under: their conditions do not land.
    select
        source_system,
        metric,
        priority,
        min(target_minutes) * 60 as target_seconds,
        min(is_business_hours) as is_business_hours,
        min(policy_name) as policy_name
    from policies
    group by source_system, metric, priority
    having count(*) = 1

),

scopes as (

    select distinct
        metric_id,
        coalesce(queue_id, '') as queue_key,
        channel,
        cast(created_local_at as date) as day_at
    from starts

),

listed as (

    select
        scopes.metric_id,
        scopes.queue_key,
        scopes.channel,
        scopes.day_at,
        {{ first_by('targets.threshold_seconds', 'targets.precedence') }} as target_seconds
    from scopes
    inner join {{ ref('dim_target') }} as targets
        on {{ target_fits('targets', 'scopes') }} and scopes.metric_id = targets.metric_id
    group by scopes.metric_id, scopes.queue_key, scopes.channel, scopes.day_at

),

silent as (

    select
        starts.case_id,
        starts.clock,
        starts.applied_at,
        cast(coalesce(sole_policies.target_seconds, listed.target_seconds) as double) as target_seconds,
        case
            when sole_policies.target_seconds is not null then sole_policies.is_business_hours
            when starts.clock in ('full_resolution_time', 'total_resolution_time') then 0
            else {{ 1 if var('sl_clock_async') == 'business' else 0 }}
        end as is_business_hours,
        sole_policies.policy_name,
        case when sole_policies.target_seconds is not null then 'policy' else 'dim_target' end
            as target_source
    from starts
    left join sole_policies
        on
            starts.source_system = sole_policies.source_system
            and starts.clock = sole_policies.metric
            and starts.priority = sole_policies.priority
    left join listed
        on
            starts.metric_id = listed.metric_id
            and coalesce(starts.queue_id, '') = listed.queue_key
            and starts.channel = listed.channel
            and cast(starts.created_local_at as date) = listed.day_at
    where coalesce(sole_policies.target_seconds, listed.target_seconds) is not null

),

targets as (

    select * from written
    union all
    select * from silent

),

applied as (

    -- The first reply is awaited since the case was opened, whenever its target was applied.
    select
        targets.*,
        case when targets.clock = 'first_reply_time' then cases.created_at else targets.applied_at end
            as starts_at,
        case when cases.status in ('solved', 'closed') then cases.last_solved_at end as last_solved_at
    from targets
    inner join cases on targets.case_id = cases.case_id

),

replies_and_solves as (

    select
        case_id,
        occurred_at as ends_at
    from events
    where event_kind = 'comment' and actor_role = 'agent' and is_public = 1
    union all
    select
        case_id,
        from_at as ends_at
    from {{ ref('int_case_status_spans') }}
    where is_solved_state = 1 and coalesce(previous_status, 'new') not in ('solved', 'closed')

),

waits as (

    select
        applied.case_id,
        applied.clock,
        applied.applied_at,
        min(replies_and_solves.ends_at) as ends_at
    from applied
    inner join replies_and_solves
        on applied.case_id = replies_and_solves.case_id and applied.starts_at < replies_and_solves.ends_at
    where {{ clock_stops_at_reply('applied.clock') }}
    group by applied.case_id, applied.clock, applied.applied_at

)

select
    applied.case_id,
    applied.clock,
    applied.applied_at,
    applied.policy_name,
    applied.target_source,
    cast(applied.target_seconds as bigint) as target_seconds,
    applied.is_business_hours,
    applied.starts_at,
    case
        when {{ clock_stops_at_reply('applied.clock') }} then waits.ends_at
        when applied.last_solved_at >= applied.starts_at then applied.last_solved_at
    end as stops_at
from applied
left join waits
    on
        applied.case_id = waits.case_id
        and applied.clock = waits.clock
        and applied.applied_at = waits.applied_at
