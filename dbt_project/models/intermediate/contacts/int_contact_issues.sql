-- One row per contact that belongs to an issue, with how it was stitched to it. First what names it:
-- the case, or the contact it follows from (a thread). Then one customer's threads about one reason
-- (level 2), each begun before the window after the one before it had closed; a thread without a
-- reason takes the one its customer was in contact about around it. Self-service, spam, merged cases: none.
{{ config(materialized='tail', meta={
    'tail': 'in_tail', 'tail_arguments': ['started_at'], 'reads_itself': true,
}) }}
{% set window = var('fcr_window_days') * 86400 %}
{% set continued = 'started_at <= ' ~ add_seconds('ended_before_at', window) %}
{% set threads = fold_shared(
    'threaded', ['thread_id'],
    {
        'customer_id': ('min', 'customer_id'),
        'reason_group': ('min', 'reason_group'),
        'started_at': ('min', 'started_at'),
        'ended_at': ('max', 'ended_at'),
        'contacts': ('sum', '1'),
    },
    'is_named = 1'
) %}

with

contacts as (

    select * from {{ ref('int_contacts_flagged') }}
    where is_left_out = 0 and contact_kind <> 'self_service' and {{ in_tail('started_at') }}
    {{- contacts_of_spells_into_tail() }}

),

reasons as (

    select
        reason_id,
        coalesce(l1 || '/' || l2, reason_id) as reason_group,
        valid_from,
        valid_to
    from {{ ref('dim_contact_reason') }}

),

parents as (

    -- Few contacts have others that follow from them.
    select
        contact_id,
        parent_contact_id
    from contacts
    where contact_id in (
        select child.parent_contact_id from contacts as child
        where child.parent_contact_id is not null
    )

),

linked as (

    -- A callback of a callback still has the first call as its root.
    select
        contacts.contact_id,
        contacts.customer_id,
        contacts.case_id,
        contacts.started_at,
        coalesce(contacts.ended_at, contacts.as_of_at) as ended_at,
        reasons.reason_group,
        coalesce(grandparents.contact_id, parents.contact_id, contacts.contact_id) as root_id
    from contacts
    left join parents on contacts.parent_contact_id = parents.contact_id
    left join parents as grandparents on parents.parent_contact_id = grandparents.contact_id
    left join reasons
        on contacts.reason_id = reasons.reason_id and {{ holds_at('reasons', 'contacts.started_at') }}

),

families as (

    -- Only a root that others follow from can take a case from them.
    select
        root_id,
        min(case_id) as case_id
    from linked
    where
        root_id in (
            select child.root_id from linked as child
            where child.root_id <> child.contact_id
        )
    group by root_id

),

threaded as (

    select
        linked.*,
        case
            when families.root_id is null then coalesce(linked.case_id, linked.root_id)
            else coalesce(families.case_id, linked.root_id)
        end as thread_id,
        {{ flag('families.root_id is not null or linked.case_id is not null') }} as is_named
    from linked
    left join families on linked.root_id = families.root_id

),

threads as (

    -- A contact that nothing names together with others is a thread by itself.
    {{ threads }}

),

in_turn as (

    -- All that is asked of every thread is asked in one order, so that they are sorted once.
    select
        *,
        max(ended_at) over (
            partition by customer_id order by started_at, thread_id
            rows between unbounded preceding and 1 preceding
        ) as ended_before_at,
        lead(started_at) over (partition by customer_id order by started_at, thread_id) as next_started_at
    from threads
    where customer_id is not null

),

spells_begun as (

    -- A spell: a customer's threads of any reason, with no gap as long as the window. Most threads are one by
    -- themselves: nobody to take a reason from, and no issue but its own. They are left out here.
    select
        *,
        {{ flag(continued) }} as is_continued
    from in_turn
    where
        {{ continued }}
        or next_started_at
        <= {{ add_seconds('greatest(ended_at, coalesce(ended_before_at, ended_at))', window) }}

),

spells as (

    select
        *,
        sum(1 - is_continued) over (
            partition by customer_id order by started_at, thread_id
            rows between unbounded preceding and current row
        ) as spell_no
    from spells_begun

),

reasoned as (

    select
        thread_id,
        customer_id,
        started_at,
        ended_at,
        reason_group as own_reason_group,
        first_value(started_at) over (
            partition by customer_id, spell_no order by started_at, thread_id
            rows between unbounded preceding and unbounded following
        ) as spell_started_at,
        coalesce(
            reason_group,
            {{ last_known('reason_group') }} over (
                partition by customer_id, spell_no order by started_at, thread_id
                rows between unbounded preceding and 1 preceding
            ),
            {{ first_known('reason_group') }} over (
                partition by customer_id, spell_no order by started_at, thread_id
                rows between 1 following and unbounded following
            )
        ) as reason_group
    from spells

),

issues_begun as (

    select
        *,
        {{ flag('started_at <= ' ~ add_seconds(
            'max(ended_at) over (partition by customer_id, reason_group order by started_at, thread_id '
            ~ 'rows between unbounded preceding and 1 preceding)', window
        )) }} as is_continued
    from reasoned

),

openers as (

    -- The thread that began the issue: the last one to begin any.
    select
        thread_id,
        customer_id,
        spell_started_at,
        own_reason_group,
        {{ last_known('case when is_continued = 0 then thread_id end') }} over (
            partition by customer_id, reason_group order by started_at, thread_id
            rows between unbounded preceding and current row
        ) as opening_thread_id
    from issues_begun

),

several as (

    select
        thread_id,
        customer_id,
        started_at
    from threads
    where contacts > 1

),

members as (

    -- A customer whom nobody can tell has issues of one thread each.
    select
        threaded.contact_id,
        threaded.case_id,
        threaded.thread_id,
        threaded.started_at,
        openers.own_reason_group,
        coalesce(openers.customer_id, several.customer_id, threaded.customer_id, threaded.thread_id)
            as spell_of,
        coalesce(openers.spell_started_at, several.started_at, threaded.started_at) as spell_started_at,
        coalesce(openers.opening_thread_id, threaded.thread_id) as opening_thread_id,
        {{ flag('several.thread_id is not null') }} as is_of_several,
        {{ flag('several.thread_id is null and openers.thread_id is null') }} as is_alone
    from threaded
    left join openers on threaded.thread_id = openers.thread_id
    left join several on threaded.thread_id = several.thread_id

),

followers as (

    -- Contacts that are not the first of their thread.
    select contact_id
    from members
    where is_of_several = 1
    qualify row_number() over (partition by thread_id order by started_at, contact_id) > 1

),

placed as (

    select
        members.*,
        followers.contact_id is not null as is_follower,
        first_value(members.contact_id) over (
            partition by members.opening_thread_id order by members.started_at, members.contact_id
            rows between unbounded preceding and unbounded following
        ) as issue_id,
        row_number() over (
            partition by members.opening_thread_id order by members.started_at, members.contact_id
        ) as contact_no,
        max(members.own_reason_group) over (
            partition by members.opening_thread_id order by members.started_at, members.contact_id
            rows between unbounded preceding and 1 preceding
        ) as reason_group_before
    from members
    left join followers on members.contact_id = followers.contact_id
    where members.is_alone = 0

)

select
    contact_id,
    issue_id,
    cast(contact_no as integer) as contact_no_in_issue,
    case
        when contact_no = 1 then 'opening'
        when is_follower and case_id is not null then 'case'
        when is_follower then 'parent'
        when own_reason_group is null or reason_group_before is null then 'customer'
        else 'customer_reason'
    end as stitch_rule,
    started_at,
    spell_of,
    spell_started_at
from placed
where {{ in_tail('started_at') }}
union all
select
    contact_id,
    contact_id as issue_id,
    1 as contact_no_in_issue,
    'opening' as stitch_rule,
    started_at,
    spell_of,
    spell_started_at
from members
where is_alone = 1 and {{ in_tail('started_at') }}
