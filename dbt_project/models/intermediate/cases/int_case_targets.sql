-- One row per case, clock and application of a target, with when the clock starts and stops (null
-- while it runs). Where a helpdesk writes down the targets that it applied, those hold. Where it does
-- not, the first of its policies whose conditions the case meets holds for the case's priority, as
-- the case is now; else dim_target's for the queue and channel of the case.
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
        min(target_minutes) * 60 as target_seconds,
        min(is_business_hours) as is_business_hours,
        min(policy_name) as policy_name
    from {{ ref('stg_files__sla_policies') }}
    where is_deleted = 0
    group by source_dataset, metric, lower(priority)
    -- A file tells no conditions: of two policies nobody knows which one a case is under.
    having count(*) = 1

),

helpdesk_policies as (

    select * from {{ ref('stg_zendesk__sla_policies') }}
    where is_deleted = 0

),

each_policy as (

    select
        policy_id,
        min(conditions_json) as conditions_json,
        min(policy_position) as policy_position
    from helpdesk_policies
    group by policy_id

),

conditions as (

    select
        policy_id,
        {{ json_elements('conditions_json') }} as condition
    from each_policy

),

met as (

    -- 1 or 0; null for what is not known here of a case.
    select
        tickets.ticket_id,
        conditions.policy_id,
        {{ json_member('conditions.condition', 'list') }} as list_kind,
        {{ json_member('conditions.condition', 'number') }} as condition_no,
        {{ json_member('conditions.condition', 'operator') }} in ('is_not', 'not_includes') as is_negated,
        {{ json_member('conditions.condition', 'operator') }} in ('is', 'includes') as is_affirmed,
        case {{ json_member('conditions.condition', 'field') }}
            when 'via_id'
                then case
                    when {{ cast_or_null(json_member('conditions.condition', 'value'), 'bigint') }} is null
                        then {{ flag(
                            'tickets.via_channel = ' ~ json_member('conditions.condition', 'value')
                        ) }}
                end
            when 'current_tags'
                then {{ flag(
                    "coalesce(tickets.tags_json, '') like '%\"' || "
                    ~ json_member('conditions.condition', 'value') ~ " || '\"%'"
                ) }}
            {%- for field, column in {
                'group_id': 'group_id', 'brand_id': 'brand_id', 'organization_id': 'organization_id',
                'assignee_id': 'assignee_id', 'requester_id': 'requester_id', 'type': 'ticket_type',
                'ticket_type_id': 'ticket_type', 'priority': 'priority',
            }.items() %}
                when '{{ field }}'
                    then {{ flag(
                        'lower(cast(tickets.' ~ column ~ ' as string)) = lower('
                        ~ json_member('conditions.condition', 'value') ~ ')'
                    ) }}
            {%- endfor %}
        end as is_so
    from {{ ref('stg_zendesk__tickets') }} as tickets
    cross join conditions

),

judged as (

    -- Of several tags one is enough to include, and each is too many to leave out.
    select
        ticket_id,
        policy_id,
        list_kind,
        case
            when bool_and(is_affirmed) then max(is_so)
            when bool_and(is_negated) then 1 - max(is_so)
        end as holds
    from met
    group by ticket_id, policy_id, list_kind, condition_no

),

verdicts as (

    select
        ticket_id,
        policy_id,
        case
            when min(case when list_kind = 'all' then holds end) = 0 then 0
            when
                count(case when list_kind = 'any' then 1 end) > 0
                and max(case when list_kind = 'any' then coalesce(holds, 1) end) = 0
                then 0
            when
                count(case when list_kind = 'all' and holds is null then 1 end) = 0
                and (
                    count(case when list_kind = 'any' then 1 end) = 0
                    or max(case when list_kind = 'any' then holds end) = 1
                )
                then 1
        end as is_under
    from judged
    group by ticket_id, policy_id

),

applied_policies as (

    -- The first that is not ruled out; one without conditions is for all. One that cannot be judged
    -- may hold, and hides those behind it.
    select
        tickets.ticket_id,
        policies.policy_id,
        case when verdicts.policy_id is null then 1 else verdicts.is_under end as is_under
    from {{ ref('stg_zendesk__tickets') }} as tickets
    cross join each_policy as policies
    left join verdicts
        on tickets.ticket_id = verdicts.ticket_id and policies.policy_id = verdicts.policy_id
    where coalesce(verdicts.is_under, 1) = 1
    qualify row_number() over (
        partition by tickets.ticket_id
        order by policies.policy_position nulls last, policies.policy_id
    ) = 1

),

policy_targets as (

    select
        silent_cases.case_id,
        policies.metric,
        policies.target_seconds,
        policies.is_business_hours,
        policies.policy_name
    from silent_cases
    inner join policies
        on silent_cases.source_system = policies.source_system and silent_cases.priority = policies.priority
    union all
    select
        silent_cases.case_id,
        policies.metric,
        policies.target_minutes * 60 as target_seconds,
        policies.is_business_hours,
        policies.policy_title as policy_name
    from silent_cases
    inner join applied_policies
        on
            silent_cases.source_system = 'zendesk'
            and silent_cases.native_case_id = cast(applied_policies.ticket_id as string)
            and applied_policies.is_under = 1
    inner join helpdesk_policies as policies
        on
            applied_policies.policy_id = policies.policy_id
            and silent_cases.priority = lower(policies.priority)

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
        cast(coalesce(policy_targets.target_seconds, listed.target_seconds) as double) as target_seconds,
        case
            when policy_targets.target_seconds is not null then policy_targets.is_business_hours
            when starts.clock in ('full_resolution_time', 'total_resolution_time') then 0
            else {{ 1 if var('sl_clock_async') == 'business' else 0 }}
        end as is_business_hours,
        policy_targets.policy_name,
        case when policy_targets.target_seconds is not null then 'policy' else 'dim_target' end
            as target_source
    from starts
    left join policy_targets
        on starts.case_id = policy_targets.case_id and starts.clock = policy_targets.metric
    left join listed
        on
            starts.metric_id = listed.metric_id
            and coalesce(starts.queue_id, '') = listed.queue_key
            and starts.channel = listed.channel
            and cast(starts.created_local_at as date) = listed.day_at
    where coalesce(policy_targets.target_seconds, listed.target_seconds) is not null

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
