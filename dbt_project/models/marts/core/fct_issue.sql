-- One row per issue: a customer's reason, stitched over contacts, channels and cases. Counted are
-- the customer's own contacts that reached a queue or an agent, without short abandons; what the
-- company added (callbacks, outbound calls) only says who changed the channel.
{% set settling = [var('fcr_window_days'), var('resolution_maturity_days')] | max * 86400 %}

with

contacts as (

    -- Its case settles a message; a call or chat is settled when its agent says so.
    select
        contacts.*,
        coalesce(contacts.ended_at, contacts.as_of_at) as known_end_at,
        case
            when contacts.contact_id = cases.case_id then case when cases.is_solved = 1 then cases.last_solved_at end
            when contacts.outcome = 'resolved' then contacts.ended_at
        end as settled_at,
        cases.is_active as is_case_active,
        cases.last_solved_at as case_solved_at,
        max(case when contacts.is_handled = 1 then contacts.contact_no_in_issue end)
            over (partition by contacts.issue_id) as last_handled_no,
        {{ flag(
            "contacts.direction = 'inbound' and contacts.initiation <> 'callback'"
            ~ " and contacts.is_short_abandoned = 0 and (contacts.is_offered = 1 or contacts.is_handled = 1)"
        ) }} as is_counted
    from {{ ref('fct_contact') }} as contacts
    left join {{ ref('fct_case') }} as cases on contacts.case_id = cases.case_id
    where contacts.issue_id is not null

),

channel_steps as (

    select
        *,
        lag(channel) over (
            partition by issue_id, is_counted order by contact_no_in_issue
        ) as channel_before
    from contacts

),

paths as (

    select
        issue_id,
        {{ dbt.listagg('channel', "' > '", 'order by contact_no_in_issue') }} as channel_path
    from channel_steps
    where is_counted = 1 and (channel_before is null or channel_before <> channel)
    group by issue_id

),

legs as (

    select
        contacts.issue_id,
        count(distinct legs.agent_id) as n_agents,
        max(case when agents.employer <> queues.client then 1 else 0 end) as is_outsourced,
        min(case when agents.employer <> queues.client then legs.connected_at end) as vendor_began_at,
        max(case when agents.employer = queues.client then legs.connected_at end) as client_last_at
    from contacts
    inner join {{ ref('fct_contact_leg') }} as legs on contacts.contact_id = legs.contact_id
    left join {{ ref('dim_agent') }} as agents on legs.agent_id = agents.agent_id
    left join {{ ref('dim_queue') }} as queues on legs.queue_id = queues.queue_id
    where legs.is_connected = 1
    group by contacts.issue_id

),

folded as (

    select
        issue_id,
        max(customer_id) as customer_id,
        {{ first_by('contact_id', 'contact_no_in_issue') }} as first_contact_id,
        {{ last_by('contact_id', 'contact_no_in_issue') }} as last_contact_id,
        {{ first_by('case when is_counted = 1 then channel end', 'contact_no_in_issue') }} as first_channel,
        {{ last_by('case when is_counted = 1 then channel end', 'contact_no_in_issue') }} as last_channel,
        {{ last_by('case when is_handled = 1 then channel end', 'contact_no_in_issue') }}
            as last_handled_channel,
        {{ first_by('first_queue_id', 'contact_no_in_issue') }} as first_queue_id,
        {{ first_by('reason_id', 'contact_no_in_issue') }} as reason_id,
        max(case when contact_no_in_issue = last_handled_no then settled_at end) as last_settled_at,
        max(is_case_active) as has_active_case,
        max(case_solved_at) as cases_solved_at,
        sum(is_counted) as n_contacts,
        count(distinct case when is_counted = 1 then channel end) as n_channels,
        count(distinct channel) as n_channels_with_company,
        sum(transfers) as n_transfers,
        max(is_handled) as is_handled,
        min(case when is_counted = 1 then started_at end) as opened_at,
        {{ first_by('local_date', 'contact_no_in_issue') }} as opened_local_date,
        max(known_end_at) as last_ended_at,
        min(case when ended_at is null then 0 else 1 end) as is_all_ended,
        min(case stitch_rule when 'customer' then 1 when 'customer_reason' then 2 else 3 end) as stitch_rank,
        max(as_of_at) as as_of_at
    from contacts
    group by issue_id

),

settled as (

    -- Resolved when the last contact that somebody handled was settled and no case is left open.
    select
        folded.*,
        paths.channel_path,
        cast(coalesce(legs.n_agents, 0) as integer) as n_agents,
        {{ flag('legs.is_outsourced = 1 and folded.is_handled = 1') }} as is_outsourced,
        {{ flag('folded.is_handled = 1 and legs.client_last_at > legs.vendor_began_at') }} as is_client_escalated,
        case
            when coalesce(folded.has_active_case, 0) = 0 and folded.last_settled_at is not null
                then greatest(folded.last_settled_at, folded.cases_solved_at)
        end as resolved_at
    from folded
    left join paths on folded.issue_id = paths.issue_id
    left join legs on folded.issue_id = legs.issue_id

),

judged as (

    select
        *,
        {{ flag('customer_id is not null and n_contacts > 0') }} as is_identified,
        {{ flag(
            'customer_id is not null and n_contacts > 0 and is_all_ended = 1 and '
            ~ add_seconds('last_ended_at', settling) ~ ' <= as_of_at'
        ) }} as is_mature,
        {{ flag('n_channels_with_company > 1') }} as is_pivoted,
        {{ flag('resolved_at <= ' ~ add_seconds('last_ended_at', var('resolution_maturity_days') * 86400)) }}
            as is_resolved,
        {{ flag('n_contacts = 1') }} as is_one_contact
    from settled

),

final as (

    select
        issue_id,
        customer_id,
        first_contact_id,
        last_contact_id,
        coalesce(first_channel, 'unknown') as first_channel,
        coalesce(last_channel, 'unknown') as last_channel,
        case when is_resolved = 1 then last_handled_channel end as resolving_channel,
        channel_path,
        first_queue_id,
        reason_id,
        cast(n_contacts as integer) as n_contacts,
        cast(n_channels as integer) as n_channels,
        n_agents,
        cast(coalesce(n_transfers, 0) as integer) as n_transfers,
        opened_at,
        opened_local_date,
        last_ended_at,
        resolved_at,
        case when is_resolved = 1 then {{ span_seconds('opened_at', 'resolved_at') }} end as resolution_seconds,
        case stitch_rank when 1 then 'customer' when 2 then 'customer_reason' else 'explicit' end
            as stitch_rule,
        case stitch_rank when 1 then 'possible' when 2 then 'likely' else 'certain' end as stitch_confidence,
        is_identified,
        is_mature,
        is_handled,
        is_pivoted,
        case
            when n_channels > 1 then 'customer'
            when is_pivoted = 1 then 'company'
        end as pivot_initiator,
        is_resolved,
        is_one_contact,
        is_outsourced,
        is_client_escalated,
        is_mature * is_one_contact * is_resolved as is_mature_one_contact_resolved,
        is_mature * is_resolved as is_mature_resolved,
        cast(is_mature * n_contacts as integer) as mature_contacts,
        {{ flag('is_mature = 1 and n_channels > 1') }} as is_mature_pivoted,
        {{ flag('is_mature = 1 and n_channels > 1 and is_resolved = 1') }} as is_mature_pivoted_resolved,
        {{ flag('is_mature = 1 and is_pivoted = 1 and n_channels = 1') }} as is_mature_company_pivoted,
        as_of_at
    from judged

)

select * from final
