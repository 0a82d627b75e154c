-- One row per survey response and scale. What counts is the latest valid answer of a metric to the
-- first invitation for a contact, given within the answer window: is_current_answer = 1. All others
-- stay, so that a re-answer keeps its history.
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['answered_at']}) }}
{% set window_seconds = var('survey_answer_window_days') * 86400 %}

{#- The contacts that they are about: none that began earlier is read. -#}
{% set asked_about = no_earlier(ref('fct_contact'), 'started_at', of_answers_in_tail('contact_id')) %}

with

answers as (

    -- With all that one response says.
    select * from {{ ref('int_survey_answers') }}
    where {{ of_answers_in_tail('response_id') }}

),

invitations as (

    select * from {{ ref('int_survey_invitations') }}

),

questions as (

    select * from {{ ref('dim_survey_question') }}

),

scales as (

    select * from {{ ref('survey_scale_map') }}

),

contacts as (

    select * from {{ ref('fct_contact') }}
    where contact_id in (select answers.contact_id from answers) and {{ asked_about }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

cases as (

    select case_id from {{ ref('fct_case') }}

),

responses as (

    -- The scored questions of one response share what it answers.
    select
        response_id,
        min(survey_type) as survey_type,
        min(contact_id) as contact_id,
        min(customer_id) as customer_id,
        min(invitation_id) as invitation_id,
        min(answered_at) as answered_at
    from answers
    group by response_id

),

candidates as (

    -- An answer that does not name a known invitation belongs to the one for its contact that
    -- counts; without a contact, to the customer's latest of that survey before the answer.
    select
        responses.response_id,
        invitations.invitation_id,
        1 as preference
    from responses
    inner join invitations on responses.invitation_id = invitations.invitation_id
    union all
    select
        responses.response_id,
        invitations.invitation_id,
        2 as preference
    from responses
    inner join invitations
        on responses.contact_id = invitations.contact_id and responses.survey_type = invitations.survey_type
    where invitations.is_duplicate = 0
    union all
    select
        responses.response_id,
        invitations.invitation_id,
        3 as preference
    from responses
    inner join invitations
        on
            responses.customer_id = invitations.customer_id
            and responses.survey_type = invitations.survey_type
            and responses.answered_at between invitations.sent_at and invitations.expires_at
    where responses.contact_id is null and invitations.contact_id is null

),

invited as (

    select
        candidates.response_id,
        invitations.invitation_id,
        invitations.sent_at,
        invitations.expires_at,
        invitations.is_duplicate
    from candidates
    inner join invitations on candidates.invitation_id = invitations.invitation_id
    qualify row_number() over (
        partition by candidates.response_id
        order by candidates.preference asc, invitations.sent_at desc, invitations.invitation_id asc
    ) = 1

),

agents_before_asking as (

    -- Only a contact that passed through several hands can have been asked about in between.
    select
        responses.response_id,
        {{ last_by('legs.agent_id', 'legs.leg_no') }} as agent_id
    from responses
    left join invited on responses.response_id = invited.response_id
    inner join contacts on responses.contact_id = contacts.contact_id
    inner join {{ ref('fct_contact_leg') }} as legs on contacts.contact_id = legs.contact_id
    where
        {{ asked_about | replace('started_at', 'legs.contact_started_at') }}
        and contacts.handled_legs > 1
        and legs.agent_id is not null
        and legs.connected_at <= coalesce(invited.sent_at, responses.answered_at)
    group by responses.response_id

),

attributed as (

    select
        answers.response_id,
        answers.source_system,
        answers.survey_type,
        answers.metric,
        answers.scale_code,
        answers.customer_id,
        answers.answered_at,
        answers.score_raw,
        answers.comment_key,
        invited.invitation_id,
        invited.sent_at as invited_at,
        contacts.contact_id,
        contacts.reason_id,
        coalesce(cases.case_id, contact_cases.case_id) as case_id,
        coalesce(contacts.customer_id, answers.customer_id) as known_customer_id,
        coalesce(contacts.channel, answers.channel) as channel,
        coalesce(contacts.first_queue_id, answers.queue_id) as queue_id,
        coalesce(agents_before_asking.agent_id, contacts.last_agent_id, answers.agent_id) as agent_id,
        cast({{ to_local(
            'answers.answered_at', "coalesce(contacts.timezone, '" ~ var('default_timezone') ~ "')"
        ) }} as date) as local_date,
        contacts.local_date as contact_date,
        coalesce(contacts.started_at, answers.answered_at) as known_at,
        contacts.day_type,
        case
            when contacts.channel_group in ('voice', 'chat') then {{ wait_band('contacts.wait_seconds') }}
        end as wait_band,
        coalesce(contacts.is_test, 0) as is_test,
        contacts.reason_sk,
        coalesce(contacts.is_fcr_eligible, 0) as is_fcr_eligible,
        coalesce(contacts.is_fcr_success, 0) as is_fcr_success,
        coalesce(answers.weight, 1.0) as weight,
        scales.score_0_100,
        {{ flag('scales.scale_code is not null') }} as is_valid,
        {{ flag(
            'answers.answered_at > coalesce(invited.expires_at, '
            ~ add_seconds('contacts.ended_at', window_seconds) ~ ')'
        ) }} as is_late,
        coalesce(invited.is_duplicate, 0) as is_duplicate,
        {{ is_satisfied_answer('answers.metric', 'scales.is_top2', 'scales.score_0_100') }} as is_top2,
        coalesce(scales.is_bottom, 0) as is_bottom,
        {{ is_easy_answer('scales.is_favourable') }} as is_favourable,
        {{ flag("answers.metric = 'nps' and scales.scale_code is not null") }} as is_nps
    from answers
    left join scales
        on answers.scale_code = scales.scale_code and answers.score_raw = scales.score_raw
    left join invited on answers.response_id = invited.response_id
    left join agents_before_asking on answers.response_id = agents_before_asking.response_id
    left join contacts on answers.contact_id = contacts.contact_id
    left join cases on answers.case_id = cases.case_id
    left join cases as contact_cases on contacts.case_id = contact_cases.case_id

),

flagged as (

    select
        attributed.*,
        {{ flag("is_nps = 1 and score_raw >= " ~ var('nps_promoter_min')) }} as is_promoter,
        {{ flag("is_nps = 1 and score_raw <= " ~ var('nps_detractor_max')) }} as is_detractor,
        {{ flag('is_valid = 1 and ' ~ is_negative_answer('metric', 'scale_code', 'score_raw', 'is_bottom')) }}
            as is_negative,
        {{ flag('is_valid = 1 and is_late = 0 and is_duplicate = 0 and is_test = 0') }} as may_count
    from attributed

),

final as (

    select
        flagged.response_id,
        flagged.source_system,
        flagged.survey_type,
        flagged.metric,
        flagged.scale_code,
        questions.question_id,
        flagged.invitation_id,
        flagged.contact_id,
        flagged.case_id,
        flagged.known_customer_id as customer_id,
        customers.customer_sk,
        flagged.channel,
        flagged.queue_id,
        queues.queue_sk,
        flagged.agent_id,
        agents.agent_sk,
        flagged.reason_id,
        flagged.reason_sk,
        flagged.comment_key,
        flagged.invited_at,
        flagged.answered_at,
        flagged.local_date,
        coalesce(flagged.contact_date, flagged.local_date) as contact_local_date,
        flagged.day_type as contact_day_type,
        flagged.wait_band,
        cast(flagged.score_raw as double) as score_raw,
        cast(flagged.score_0_100 as double) as score_0_100,
        cast(power(flagged.score_0_100, 2) as double) as score_sq,
        cast(flagged.weight as double) as weight,
        flagged.is_valid,
        flagged.is_late,
        flagged.is_test,
        flagged.is_top2,
        flagged.is_bottom,
        flagged.is_promoter,
        {{ flag('flagged.is_nps = 1 and flagged.is_promoter = 0 and flagged.is_detractor = 0') }}
            as is_passive,
        flagged.is_detractor,
        flagged.is_favourable,
        flagged.is_negative,
        flagged.is_fcr_eligible,
        flagged.is_fcr_success,
        case
            when flagged.may_count = 0 then 0
            when row_number() over (
                partition by
                    coalesce(flagged.contact_id, flagged.invitation_id, flagged.response_id),
                    flagged.survey_type, flagged.metric
                order by
                    flagged.may_count desc, flagged.answered_at desc, flagged.response_id desc,
                    flagged.scale_code asc
            ) = 1 then 1
            else 0
        end as is_current_answer
    from flagged
    left join queues on flagged.queue_id = queues.queue_id and {{ holds_at('queues', 'flagged.known_at') }}
    left join agents on flagged.agent_id = agents.agent_id and {{ holds_at('agents', 'flagged.known_at') }}
    left join customers
        on
            flagged.known_customer_id = customers.customer_id
            and {{ holds_at('customers', 'flagged.known_at') }}
    left join questions
        on
            flagged.survey_type = questions.survey_type
            and flagged.metric = questions.metric
            and flagged.scale_code = questions.scale_code
            and flagged.local_date >= questions.valid_from
            and flagged.local_date < coalesce(questions.valid_to, date '9999-12-31')

)

select * from final
where {{ in_tail('answered_at') }}
