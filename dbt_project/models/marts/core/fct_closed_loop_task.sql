-- One row per negative survey response: the follow-up it calls for and what was done. A negative
-- response within seven days of the one that opened the customer's follow-up shares it: it answers all
-- of them. opens_follow_up = 1 marks the first. A later, better answer does not take it away.
-- The loops below write columns; the linter would judge their indent as if written by hand.
-- noqa: disable=LT02
{{ config(materialized='tail', meta={'tail': 'in_follow_ups_of_tail'}) }}
{% set follow_up_seconds = 7 * 86400 %}
{% set recovery_seconds = 90 * 86400 %}
{% set sla_seconds = var('closed_loop_sla_hours') * 3600 %}

{% set of_response = [
    'survey_type', 'contact_id', 'customer_id', 'customer_sk', 'channel', 'queue_id', 'queue_sk', 'agent_id',
    'agent_sk', 'reason_id', 'reason_sk', 'answered_at', 'local_date',
] %}

with recursive

answers as (

    select
        response_id,
        {{ of_response | join(',\n        ') }},
        is_negative
    from {{ ref('fct_survey_response') }}
    where
        is_valid = 1
        and is_late = 0
        and is_test = 0
        and survey_type <> 'employee'
        and {{ of_follow_ups_of_tail() }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

persons as (

    -- A response is negative when any of its scores is.
    select
        response_id,
        {%- for column in of_response %}
        min({{ column }}) as {{ column }},
        {%- endfor %}
        coalesce(min(customer_id), response_id) as person_id
    from answers
    where response_id in (
        select negative.response_id from answers as negative
        where negative.is_negative = 1
    )
    group by response_id

),

next_openings as (

    -- For each negative answer the first one after its window has closed.
    select
        persons.person_id,
        persons.answered_at,
        min(later.answered_at) as opened_at
    from persons
    inner join persons as later
        on
            persons.person_id = later.person_id
            and later.answered_at > {{ add_seconds('persons.answered_at', follow_up_seconds) }}
    group by persons.person_id, persons.answered_at

),

openings as (

    -- One after the other.
    select
        person_id,
        min(answered_at) as opened_at
    from persons
    group by person_id
    union all
    select
        openings.person_id,
        next_openings.opened_at
    from openings
    inner join next_openings
        on
            openings.person_id = next_openings.person_id
            and openings.opened_at = next_openings.answered_at

),

opened as (

    select
        persons.response_id,
        max(openings.opened_at) as opened_at
    from persons
    inner join openings
        on persons.person_id = openings.person_id and persons.answered_at >= openings.opened_at
    group by persons.response_id

),

grouped as (

    select
        persons.*,
        first_value(persons.response_id) over (
            partition by persons.person_id, opened.opened_at order by persons.answered_at, persons.response_id
        ) as follow_up_id
    from persons
    inner join opened on persons.response_id = opened.response_id

),

negatives as (

    select
        *,
        {{ flag('response_id = follow_up_id') }} as opens_follow_up
    from grouped

),

tasks as (

    select
        tasks.*,
        tasks.source_dataset || ':' || tasks.native_task_id as task_id,
        {{ scoped_id('tasks.source_dataset', 'tasks.native_response_id') }} as response_id,
        {{ scoped_id('tasks.source_dataset', 'tasks.native_contact_id') }} as contact_id,
        coalesce(identity_keys.customer_id, 'person:' || tasks.customer_key) as customer_id
    from {{ ref('stg_files__closed_loop_tasks') }} as tasks
    left join identity_keys on tasks.customer_key = identity_keys.person_key
    where tasks.created_at <= {{ as_of() }}

),

task_matches as (

    select
        tasks.task_id,
        negatives.follow_up_id,
        1 as preference,
        negatives.answered_at
    from tasks
    inner join negatives on tasks.response_id = negatives.response_id
    union all
    select
        tasks.task_id,
        negatives.follow_up_id,
        2 as preference,
        negatives.answered_at
    from tasks
    inner join negatives on tasks.contact_id = negatives.contact_id
    where tasks.response_id is null and tasks.created_at >= negatives.answered_at
    union all
    select
        tasks.task_id,
        negatives.follow_up_id,
        3 as preference,
        negatives.answered_at
    from tasks
    inner join negatives on tasks.customer_id = negatives.customer_id
    where
        tasks.response_id is null
        and tasks.contact_id is null
        and tasks.created_at between negatives.answered_at
        and {{ add_seconds('negatives.answered_at', follow_up_seconds) }}

),

matched as (

    select
        task_id,
        follow_up_id
    from task_matches
    qualify row_number() over (
        partition by task_id order by preference asc, answered_at desc, follow_up_id asc
    ) = 1

),

follow_ups as (

    -- What happened after as-of has not happened yet.
    select
        matched.follow_up_id,
        min(tasks.task_id) as task_id,
        min(tasks.created_at) as task_created_at,
        min(case when tasks.first_attempt_at <= {{ as_of() }} then tasks.first_attempt_at end)
            as first_attempt_at,
        min(case when tasks.reached_at <= {{ as_of() }} then tasks.reached_at end) as reached_at,
        max(case when tasks.closed_at <= {{ as_of() }} then tasks.closed_at end) as closed_at,
        sum(coalesce(tasks.attempts, 0)) as attempts,
        max(tasks.is_do_not_contact) as is_do_not_contact,
        {{ last_by('tasks.agent_id', 'tasks.created_at') }} as follow_up_agent_id,
        {{ last_by('tasks.cause_reason_id', 'tasks.created_at') }} as cause_reason_id,
        {{ last_by('tasks.action_taken', 'tasks.created_at') }} as action_taken
    from matched
    inner join tasks on matched.task_id = tasks.task_id
    group by matched.follow_up_id

),

followed as (

    select
        negatives.*,
        follow_ups.task_id,
        follow_ups.task_created_at,
        follow_ups.first_attempt_at,
        follow_ups.reached_at,
        follow_ups.closed_at,
        follow_ups.attempts,
        follow_ups.follow_up_agent_id,
        follow_ups.cause_reason_id,
        follow_ups.action_taken,
        {{ add_seconds('negatives.answered_at', sla_seconds) }} as sla_due_at,
        case
            when negatives.customer_id is null then 'anonymous'
            when follow_ups.is_do_not_contact = 1 then 'do_not_contact'
        end as exclusion_reason
    from negatives
    left join follow_ups on negatives.follow_up_id = follow_ups.follow_up_id

),

responses as (

    -- Of those who were reached: what they answered after that.
    select
        response_id,
        min(customer_id) as customer_id,
        min(answered_at) as answered_at,
        max(is_negative) as is_negative
    from answers
    where response_id in (
        select later.response_id from answers as later
        where later.customer_id in (
            select followed.customer_id from followed
            where followed.reached_at is not null
        )
    )
    group by response_id

),

next_answers as (

    select
        followed.response_id,
        {{ first_by('later.is_negative', 'later.answered_at') }} as is_negative
    from followed
    inner join responses as later
        on
            followed.customer_id = later.customer_id
            and later.answered_at > greatest(followed.reached_at, followed.answered_at)
            and later.answered_at <= {{ add_seconds('followed.reached_at', recovery_seconds) }}
    group by followed.response_id

),

flagged as (

    select
        followed.*,
        {{ flag('followed.exclusion_reason is not null') }} as is_excluded,
        {{ flag(
            'followed.exclusion_reason is null'
            ~ ' and (followed.reached_at is not null or followed.sla_due_at <= ' ~ as_of() ~ ')'
        ) }} as is_due,
        {{ flag('followed.exclusion_reason is null and followed.first_attempt_at is not null') }}
            as is_attempted,
        {{ flag('followed.exclusion_reason is null and followed.reached_at is not null') }} as is_reached,
        {{ flag(
            'followed.exclusion_reason is null and followed.reached_at <= followed.sla_due_at'
        ) }} as is_reached_within_sla,
        {{ flag('followed.exclusion_reason is null and next_answers.is_negative is not null') }}
            as is_reached_reanswered,
        {{ flag('followed.exclusion_reason is null and next_answers.is_negative = 0') }} as is_recovered
    from followed
    left join next_answers on followed.response_id = next_answers.response_id

),

final as (

    select
        response_id,
        follow_up_id,
        task_id,
        survey_type,
        contact_id,
        customer_id,
        customer_sk,
        channel,
        queue_id,
        queue_sk,
        agent_id,
        agent_sk,
        reason_id,
        reason_sk,
        follow_up_agent_id,
        cause_reason_id,
        action_taken,
        answered_at,
        local_date,
        sla_due_at,
        task_created_at,
        first_attempt_at,
        reached_at,
        closed_at,
        case when is_reached = 1 then {{ span_seconds('answered_at', 'reached_at') }} end as reached_seconds,
        cast(coalesce(attempts, 0) as integer) as attempts,
        exclusion_reason,
        cast(opens_follow_up as integer) as opens_follow_up,
        is_excluded,
        is_due,
        {{ flag('task_id is not null') }} as is_task_created,
        is_attempted,
        is_reached,
        is_reached_within_sla,
        {{ flag('cause_reason_id is not null') }} as is_cause_recorded,
        {{ flag('action_taken is not null') }} as is_action_recorded,
        is_reached_reanswered,
        is_recovered
    from flagged
    where {{ in_follow_ups_of_tail() }}

)

select * from final
