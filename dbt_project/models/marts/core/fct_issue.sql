-- One row per issue: a customer's reason, stitched over contacts, channels and cases. Counted are
-- the customer's own contacts that reached a queue or an agent, without short abandons; what the
-- company added (callbacks, outbound calls) only says who changed the channel.
-- The loops below write columns; the linter would judge their indent as if written by hand.
-- noqa: disable=LT02
{{ config(materialized='tail', meta={'tail': 'in_issues_of_tail', 'alike': {'as_of_at': 'as_of_rows'}}) }}
{% set is_counted = flag(
    "direction = 'inbound' and initiation <> 'callback' and is_short_abandoned = 0"
    ~ " and (is_offered = 1 or is_handled = 1)"
) %}
{% set contacts = contacts_of_issues_of_tail(ref('fct_contact')) %}
{% set settling = [var('fcr_window_days'), var('resolution_maturity_days')] | max * 86400 %}
{#- The contact of an issue that says something of the whole: the first or last one of which this holds. -#}
{% set chosen = {
    'first_counted': ('min', 'is_counted = 1'),
    'last_counted': ('max', 'is_counted = 1'),
    'last_handled': ('max', 'is_handled = 1'),
    'first_reasoned': ('min', 'reason_id is not null'),
    'last': ('max', 'true'),
} %}
{#- What an issue says: which of what its contacts say, or their sum. It is resolved when the last contact
    that somebody handled was settled. -#}
{% set said = {
    'customer_id': ('max', 'customer_id'),
    'first_contact_id': ('max', 'case when is_first_counted = 1 then contact_id end'),
    'customer_sk': ('max', 'case when is_first_counted = 1 then customer_sk end'),
    'last_contact_id': ('max', 'case when is_last = 1 then contact_id end'),
    'first_channel': ('max', 'case when is_first_counted = 1 then channel end'),
    'last_channel': ('max', 'case when is_last_counted = 1 then channel end'),
    'last_handled_channel': ('max', 'case when is_last_handled = 1 then channel end'),
    'reason_id': ('max', 'case when is_first_reasoned = 1 then reason_id end'),
    'resolved_at': ('max', 'case when is_last_handled = 1 then settled_at end'),
    'n_contacts': ('sum', 'is_counted'),
    'n_channels': ('max', 'n_channels'),
    'n_channels_with_company': ('max', 'n_channels_with_company'),
    'n_transfers': ('sum', 'transfers'),
    'is_handled': ('max', 'is_handled'),
    'opened_at': ('min', 'case when is_counted = 1 then started_at end'),
    'first_queue_id': ('max', 'case when is_first_counted = 1 then first_queue_id end'),
    'first_agent_id': ('max', 'case when is_first_counted = 1 then last_agent_id end'),
    'first_local_date': ('min', 'local_date'),
    'opened_local_date': ('max', 'case when is_first_counted = 1 then local_date end'),
    'last_ended_at': ('max', 'coalesce(ended_at, as_of_at)'),
    'is_all_ended': ('min', 'case when ended_at is null then 0 else 1 end'),
    'stitch_rank': ('min', "case stitch_rule when 'customer' then 1 when 'customer_reason' then 2 else 3 end"),
    'started_at': ('min', 'started_at'),
    'as_of_at': ('max', 'as_of_at'),
} %}

with

-- Most issues are one contact, which says all of its issue itself: only the others are looked at as a group.
several as (

    select issue_id from {{ contacts }}
    where contact_no_in_issue = 2

),

transferred as (

    select distinct contact_id from {{ ref('fct_contact_leg') }}
    where leg_no > 1 and {{ spells_of_tail('contact_started_at') }}

),

shared as (

    select
        *,
        {{ is_counted }} as is_counted
    from {{ contacts }}
    where issue_id in (select several.issue_id from several)

),

shared_issues as (

    select
        issue_id,
        {%- for choice, (fold, condition) in chosen.items() %}
            {{ fold }}(case when {{ condition }} then contact_no_in_issue end) as {{ choice }}_no,
        {%- endfor %}
        count(distinct case when is_counted = 1 then channel end) as n_channels,
        count(distinct channel) as n_channels_with_company
    from shared
    group by issue_id

),

grouped as (

    select
        shared.*,
        {%- for choice, (_, condition) in chosen.items() %}
            {{ flag(condition ~ ' and contact_no_in_issue = ' ~ choice ~ '_no') }} as is_{{ choice }},
        {%- endfor %}
        shared_issues.n_channels,
        shared_issues.n_channels_with_company
    from shared
    inner join shared_issues on shared.issue_id = shared_issues.issue_id

),

alone as (

    select
        *,
        {{ is_counted }} as is_counted,
        1 as n_channels_with_company
    from {{ contacts }}
    where issue_id is not null and issue_id not in (select several.issue_id from several)

),

chosen_alone as (

    select
        *,
        {%- for choice, (_, condition) in chosen.items() %}
            {{ flag(condition) }} as is_{{ choice }},
        {%- endfor %}
        is_counted as n_channels
    from alone

),

channel_steps as (

    select
        *,
        lag(channel) over (partition by issue_id order by contact_no_in_issue) as channel_before
    from shared
    where is_counted = 1

),

paths as (

    select
        issue_id,
        {{ joined_text('channel', "' > '", 'contact_no_in_issue') }} as channel_path
    from channel_steps
    where channel_before is null or channel_before <> channel
    group by issue_id

),

connected as (

    select
        contacts.issue_id,
        legs.agent_id,
        {{ flag('several.issue_id is not null or transferred.contact_id is not null') }} as is_of_several,
        {{ flag('agents.employer <> queues.client') }} as is_outsourced,
        case when agents.employer <> queues.client then legs.connected_at end as vendor_began_at,
        case when agents.employer = queues.client then legs.connected_at end as client_last_at
    from {{ contacts }} as contacts
    inner join {{ ref('fct_contact_leg') }} as legs
        on
            contacts.contact_id = legs.contact_id
            and {{ spells_of_tail('legs.contact_started_at') }}
    left join {{ ref('dim_agent') }} as agents on legs.agent_sk = agents.agent_sk
    left join {{ ref('dim_queue') }} as queues on legs.queue_sk = queues.queue_sk
    left join several on contacts.issue_id = several.issue_id
    left join transferred on contacts.contact_id = transferred.contact_id
    where legs.is_connected = 1 and contacts.issue_id is not null

),

legs as (

    select
        issue_id,
        count(distinct agent_id) as n_agents,
        max(is_outsourced) as is_outsourced,
        min(vendor_began_at) as vendor_began_at,
        max(client_last_at) as client_last_at
    from connected
    where is_of_several = 1
    group by issue_id
    union all
    select
        issue_id,
        {{ flag('agent_id is not null') }} as n_agents,
        is_outsourced,
        vendor_began_at,
        client_last_at
    from connected
    where is_of_several = 0

),

folded as (

    select
        issue_id,
        {%- for column, (fold, value) in said.items() %}
            {{ fold }}({{ value }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from grouped
    group by issue_id
    union all
    select
        issue_id,
        {%- for column, (_, value) in said.items() %}
            {{ value }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from chosen_alone

),

settled as (

    select
        folded.*,
        coalesce(paths.channel_path, folded.first_channel) as channel_path,
        cast(coalesce(legs.n_agents, 0) as integer) as n_agents,
        legs.is_outsourced,
        legs.vendor_began_at,
        legs.client_last_at
    from folded
    left join paths on folded.issue_id = paths.issue_id
    left join legs on folded.issue_id = legs.issue_id

),

judged as (

    select
        *,
        {{ flag('customer_id is not null and n_contacts > 0') }} as is_identified,
        {{ flag('customer_id is not null and n_contacts > 0 and is_handled = 1 and is_outsourced = 1') }}
            as is_outsourced_handled,
        {{ flag(
            'customer_id is not null and n_contacts > 0 and is_all_ended = 1 and '
            ~ add_seconds('last_ended_at', settling) ~ ' <= as_of_at'
        ) }} as is_mature,
        {{ flag('n_channels_with_company > 1') }} as is_pivoted,
        {{ flag('resolved_at is not null') }} as is_resolved,
        {{ flag('n_contacts = 1') }} as is_one_contact
    from settled

),

final as (

    select
        issue_id,
        customer_id,
        customer_sk,
        coalesce(first_contact_id, issue_id) as first_contact_id,
        last_contact_id,
        coalesce(first_channel, 'unknown') as first_channel,
        coalesce(last_channel, 'unknown') as last_channel,
        case when is_resolved = 1 then last_handled_channel end as resolving_channel,
        channel_path,
        first_queue_id,
        first_agent_id,
        reason_id,
        cast(n_contacts as integer) as n_contacts,
        cast(n_channels as integer) as n_channels,
        n_agents,
        cast(coalesce(n_transfers, 0) as integer) as n_transfers,
        opened_at,
        coalesce(opened_local_date, first_local_date) as opened_local_date,
        last_ended_at,
        resolved_at,
        case when is_resolved = 1 then {{ span_seconds('opened_at', 'resolved_at') }} end
            as resolution_seconds,
        case stitch_rank when 1 then 'customer' when 2 then 'customer_reason' else 'explicit' end
            as stitch_rule,
        case stitch_rank when 1 then 'possible' when 2 then 'likely' else 'certain' end
            as stitch_confidence,
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
        is_outsourced_handled as is_outsourced,
        {{ flag('is_outsourced_handled = 1 and client_last_at > vendor_began_at') }} as is_client_escalated,
        is_mature * is_one_contact * is_resolved as is_mature_one_contact_resolved,
        is_mature * is_resolved as is_mature_resolved,
        cast(is_mature * n_contacts as integer) as mature_contacts,
        {{ flag('is_mature = 1 and n_channels > 1') }} as is_mature_pivoted,
        {{ flag('is_mature = 1 and n_channels > 1 and is_resolved = 1') }} as is_mature_pivoted_resolved,
        {{ flag('is_mature = 1 and is_pivoted = 1 and n_channels = 1') }} as is_mature_company_pivoted,
        started_at,
        as_of_at
    from judged

)

select * from final
