-- One row per customer's case (ticket) of any helpdesk, as known at as-of (population P-CASE: no spam,
-- deleted, merged, problem or proactive ones). A reopened case keeps its id, and its resolution runs
-- to the last solve.
with

cases as (

    select * from {{ ref('int_cases') }}
    where is_customer_case = 1

),

clocked as (

    select * from {{ ref('int_cases_clocked') }}

),

contacts as (

    select contact_id from {{ ref('int_contacts_clocked') }}
    where
        contact_id in (
            select cases.case_id from cases
            union all
            select cases.call_contact_id from cases
        )

),

channels as (

    select * from {{ ref('channels') }}

),

queues as (

    select * from {{ ref('int_queues') }}

),

localised as (

    select
        cases.*,
        channels.channel_group,
        channels.is_deferrable,
        coalesce(contacts.contact_id, calls.contact_id) as contact_id,
        {{ flag("cases.status in ('solved', 'closed')") }} as is_solved,
        coalesce(queues.timezone, '{{ var("default_timezone") }}') as timezone
    from cases
    left join channels on cases.channel = channels.channel
    left join contacts on cases.case_id = contacts.contact_id
    left join contacts as calls on cases.call_contact_id = calls.contact_id
    left join queues on cases.queue_id = queues.queue_id

),

dated as (

    select
        localised.*,
        cast({{ to_local('created_at', 'timezone') }} as date) as created_local_date,
        cast({{ to_local('first_solved_at', 'timezone') }} as date) as first_solved_local_date,
        cast({{ to_local('last_solved_at', 'timezone') }} as date) as solved_local_date,
        case when is_solved = 1 then {{ span_seconds('created_at', 'last_solved_at') }} end
            as full_resolution_seconds,
        {{ span_seconds('created_at', 'first_solved_at') }} as first_resolution_seconds,
        {{ span_seconds('created_at', as_of()) }} as age_seconds,
        {{ flag(
            add_seconds('first_solved_at', var('reopen_window_days') * 86400) ~ ' <= ' ~ as_of()
        ) }} as is_reopen_mature
    from localised

),

{{ effective_targets('dated', 'resolved_within_target_rate', day='created_local_date') }},

final as (

    select
        dated.case_id,
        dated.source_system,
        dated.channel,
        dated.channel_group,
        dated.direction,
        dated.customer_id,
        customer_versions.customer_sk,
        dated.first_queue_id,
        dated.queue_id,
        queue_versions.queue_sk,
        dated.agent_id,
        agent_versions.agent_sk,
        dated.reason_id,
        reasons.reason_sk,
        dated.priority,
        dated.contact_id,
        dated.status,
        dated.created_at,
        dated.first_solved_at,
        dated.last_solved_at,
        dated.first_reopened_at,
        dated.closed_at,
        dated.created_local_date,
        dated.first_solved_local_date,
        dated.solved_local_date,
        dated.full_resolution_seconds,
        dated.first_resolution_seconds,
        case when dated.is_solved = 1 then clocked.full_resolution_business_seconds end
            as full_resolution_business_seconds,
        clocked.first_resolution_business_seconds,
        dated.full_resolution_seconds - clocked.pending_seconds as full_resolution_excl_pending_seconds,
        case
            when dated.is_solved = 1
                then clocked.full_resolution_business_seconds - clocked.pending_business_seconds
        end as full_resolution_excl_pending_business_seconds,
        targets.threshold_seconds as resolution_target_seconds,
        dated.public_agent_replies,
        dated.solves,
        dated.reopens,
        dated.is_spam,
        {{ flag('dated.is_solved = 0') }} as is_active,
        dated.is_solved,
        {{ flag('dated.reopens > 0') }} as is_reopened,
        dated.is_reopen_mature,
        {{ flag(
            'dated.is_reopen_mature = 1 and dated.first_reopened_at <= '
            ~ add_seconds('dated.first_solved_at', var('reopen_window_days') * 86400)
        ) }} as is_reopened_in_window,
        -- Of a case whose source delivers no messages nobody knows how often it was replied to.
        {{ flag('dated.is_solved = 1 and dated.is_deferrable = 1 and dated.has_comments = 1') }}
            as is_one_touch_eligible,
        {{ flag(
            'dated.is_solved = 1 and dated.is_deferrable = 1 and dated.has_comments = 1'
            ~ ' and dated.public_agent_replies between ' ~ var('one_touch_min_replies') ~ ' and 1'
        ) }} as is_one_touch,
        {{ flag(
            'dated.full_resolution_seconds is not null and targets.threshold_seconds is not null'
            ~ ' or dated.is_solved = 0 and dated.age_seconds > targets.threshold_seconds'
        ) }} as is_resolution_due,
        {{ flag(is_within('dated.full_resolution_seconds', 'targets.threshold_seconds')) }}
            as is_resolved_within_target,
        {{ flag('dated.is_solved = 1 and dated.has_comments = 1 and dated.public_agent_replies = 0') }}
            as is_closed_without_reply,
        {{ flag("reasons.reason_family = 'complaint'") }} as is_complaint,
        coalesce(dated.complaint_level, case when reasons.reason_family = 'complaint' then 1 end)
            as complaint_level,
        {{ flag('dated.complaint_level >= 2') }} as is_complaint_escalated,
        dated.is_sla_met_by_source
    from dated
    left join clocked on dated.case_id = clocked.case_id
    left join effective_targets as targets
        on
            dated.channel = targets.channel
            and coalesce(dated.queue_id, '') = targets.queue_key
            and dated.created_local_date = targets.day_at
    left join {{ ref('dim_customer') }} as customer_versions
        on
            dated.customer_id = customer_versions.customer_id
            and {{ holds_at('customer_versions', 'dated.created_at') }}
    left join {{ ref('dim_queue') }} as queue_versions
        on
            dated.queue_id = queue_versions.queue_id
            and {{ holds_at('queue_versions', 'dated.created_at') }}
    left join {{ ref('dim_agent') }} as agent_versions
        on
            dated.agent_id = agent_versions.agent_id
            and {{ holds_at('agent_versions', 'dated.created_at') }}
    left join {{ ref('dim_contact_reason') }} as reasons
        on dated.reason_id = reasons.reason_id and {{ holds_at('reasons', 'dated.created_at') }}

)

select * from final
