-- At most one row: since when contacts may differ from what the build before made of them (since_at), and
-- since when contacts began that those may depend on (context_at). No row: everything is built whole.
-- A tail is only for the build that it was found in, and only where the caller knows what arrived
-- (KONTAKTI_TAIL; orchestration/arrivals.py) and that the facts stand complete.
-- The linter sees a whole build, in which the second part stands in no query.
-- noqa: disable=LT02,RF01
{% set reach_days = [
    30, var('fcr_window_days') | int, var('resolution_maturity_days') | int, var('reopen_window_days') | int,
    (var('pivot_follow_window_days') | int) + ((var('pivot_no_reply_hours') | int) / 24) | round(0, 'ceil') | int,
    var('conversion_window_days') | int, var('survey_answer_window_days') | int,
    ((var('closed_loop_sla_hours') | int) / 24) | round(0, 'ceil') | int,
] | max + 1 %}
{% set reach = -86400 * reach_days %}
{% set over_at -%}
    coalesce(greatest(facts.ended_at, facts.wrapped_at), facts.ended_at, timestamp '9999-12-31')
{%- endset %}
{#- Above this part of all contacts a whole build costs less. -#}
{% set worth = 0.8 %}
{% set facts = built_before('core', 'fct_contact') %}
{% set calls_before = built_before('intermediate', 'int_contacts__files') %}
{% set is_tail = facts and calls_before and var('fcr_window_clock') == 'calendar'
    and env_var('KONTAKTI_TAIL', '') and not flags.FULL_REFRESH %}
-- depends_on: {{ ref('int_as_of') }}, {{ ref('stg_files__calls') }}, {{ ref('int_case_events') }}
-- depends_on: {{ ref('int_survey_invitations') }}, {{ ref('stg_files__queues') }}
-- depends_on: {{ ref('stg_files__customers') }}
{% if not is_tail %}
select
    cast(null as string) as build_id,
    cast(null as timestamp) as since_at,
    cast(null as timestamp) as context_at
where false
{% else %}
with

last_loads as (

    select
        source_system,
        max(load_id) as load_id
    from {{ calls_before }}
    group by source_system

),

known_before as (

    select max(as_of_at) as as_of_at
    from {{ facts }}

),

arrived as (

    -- Calls that came since, as they are now. A moment that cannot be may be long before the call: in other
    -- contacts' hours with the agent, or in another month's sums.
    select
        calls.source_dataset || ':' || calls.native_call_id as contact_id,
        {{ add_seconds(
            'least(calls.queued_at, coalesce(calls.started_at, calls.queued_at),'
            ~ " case when calls.outcome = 'answered' and calls.answered_at is not null"
            ~ ' then calls.answered_at else calls.queued_at end,'
            ~ ' coalesce(calls.ended_at, calls.queued_at))',
            '-' ~ var('wait_max_seconds')['voice']
        ) }} as began_at
    from {{ ref('stg_files__calls') }} as calls
    left join last_loads on calls.source_dataset = last_loads.source_system
    where
        calls._dlt_load_id > coalesce(last_loads.load_id, '')
        -- Or came before, and was later than all that was known then.
        or calls.queued_at > (select known_before.as_of_at from known_before)

),

cases_moved as (

    -- What had landed already and is seen only now: what became of cases of any age.
    select min(facts.started_at) as began_at
    from {{ facts }} as facts
    where facts.case_id in (
        select events.case_id from {{ ref('int_case_events') }} as events
        where events.occurred_at > (select known_before.as_of_at from known_before)
    )

),

asked as (

    -- Contacts that somebody is asked about, or may answer about still; it is only said of themselves.
    select min(facts.started_at) as began_at
    from {{ facts }} as facts
    where facts.contact_id in (
        select invitations.contact_id from {{ ref('int_survey_invitations') }} as invitations
        where invitations.expires_at > (select known_before.as_of_at from known_before)
    )

),

changes as (

    select began_at from arrived
    union all
    select began_at from cases_moved
    union all
    -- And as they were.
    select
        least(
            before.started_at, coalesce(before.answered_at, before.started_at),
            coalesce(before.ended_at, before.started_at)
        ) as began_at
    from {{ calls_before }} as before
    where before.contact_id in (select arrived.contact_id from arrived)
    union all
    select as_of_at as began_at
    from known_before

),

changed as (

    select {{ add_seconds('min(began_at)', reach) }} as at
    from changes

),

unfinished as (

    -- What had not ended by then may go on, or have windows that are open; it counts on the day on which it
    -- was queued.
    select min(least(facts.started_at, coalesce(facts.queued_at, facts.started_at))) as started_at
    from {{ facts }} as facts
    where {{ over_at }}
        > (select changed.at from changed)

),

since as (

    select least((select changed.at from changed), (select asked.began_at from asked), started_at) as since_at
    from unfinished

),

known_then as (

    select min(facts.started_at) as started_at
    from {{ facts }} as facts
    where {{ over_at }}
        > (select {{ add_seconds('since.since_at', reach) }} from since)

),

turned as (

    -- What a list said for a later time is what holds now, for contacts of any age: queues' zones and
    -- hours, and what is told of customers.
    select count(*) as versions
    from (
        select valid_from from {{ ref('stg_files__queues') }}
        union all
        select valid_from from {{ ref('stg_files__customers') }}
    ) as told
    where
        told.valid_from > (select known_before.as_of_at from known_before)
        and told.valid_from <= {{ as_of() }}

),

weighed as (

    select avg(case when facts.started_at >= since.since_at then 1.0 else 0.0 end) as share
    from {{ facts }} as facts
    cross join since

)

select
    '{{ invocation_id }}' as build_id,
    since.since_at,
    least({{ add_seconds('since.since_at', reach) }}, known_then.started_at) as context_at
from since
cross join known_then
cross join weighed
cross join turned
cross join known_before
where turned.versions = 0 and weighed.share < {{ worth }} and known_before.as_of_at <= {{ as_of() }}
{% endif %}
