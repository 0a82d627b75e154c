-- One row per survey response and scale, from any survey system, answered up to as-of.
-- Offered ratings and values outside their scale are no answers; the latter stay, marked invalid.
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['answered_at']}) }}
with

typeform_answers as (

    select * from {{ ref('stg_typeform__answers') }}

),

zendesk_ratings as (

    select * from {{ ref('stg_zendesk__satisfaction_ratings') }}

),

file_answers as (

    select * from {{ ref('stg_files__survey_responses') }}

),

users as (

    select * from {{ ref('stg_zendesk__users') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

queue_names as (

    select * from {{ ref('int_queue_names') }}

),

aliases as (

    select * from {{ ref('channel_aliases') }}

),

from_typeform as (

    select
        'typeform:' || answers.response_token as response_id,
        'typeform' as source_system,
        answers.survey_type,
        split_part(regexp_replace(answers.scale_code, '[0-9]*_.*$', ''), '_', 1) as metric,
        answers.scale_code,
        answers.contact_id,
        cast(null as string) as case_id,
        cast(null as string) as invitation_id,
        coalesce(identity_keys.customer_id, 'person:' || answers.customer_key) as customer_id,
        answers.channel,
        cast(null as string) as queue_id,
        cast(null as string) as agent_id,
        cast(null as double) as weight,
        cast(null as string) as comment_key,
        answers.submitted_at as answered_at,
        coalesce(answers.number_value, cast(answers.is_yes as double)) as score_raw
    from typeform_answers as answers
    left join identity_keys on answers.customer_key = identity_keys.person_key
    where coalesce(answers.number_value, cast(answers.is_yes as double)) is not null

),

from_zendesk as (

    select
        'zendesk:' || ratings.rating_id as response_id,
        'zendesk' as source_system,
        'transactional' as survey_type,
        'csat' as metric,
        'csat_2' as scale_code,
        'zendesk:' || ratings.ticket_id as contact_id,
        'zendesk:' || ratings.ticket_id as case_id,
        'zendesk:' || ratings.rating_id as invitation_id,
        coalesce(
            by_email.customer_id,
            by_phone.customer_id,
            'person:' || coalesce(users.email_key, users.phone_key)
        ) as customer_id,
        cast(null as string) as channel,
        cast(null as string) as queue_id,
        cast(null as string) as agent_id,
        cast(null as double) as weight,
        cast(null as string) as comment_key,
        coalesce(ratings.updated_at, ratings.created_at) as answered_at,
        case when ratings.score in ('good', 'good_with_comment') then 1.0 else 0.0 end as score_raw
    from zendesk_ratings as ratings
    left join users on ratings.requester_id = users.user_id
    left join identity_keys as by_email on users.email_key = by_email.person_key
    left join identity_keys as by_phone on users.phone_key = by_phone.person_key
    where ratings.score in ('good', 'good_with_comment', 'bad', 'bad_with_comment')

),

from_files as (

    select
        answers.source_dataset || ':' || answers.native_response_id as response_id,
        answers.source_dataset as source_system,
        coalesce(answers.survey_type, 'transactional') as survey_type,
        answers.metric,
        answers.scale_code,
        {{ scoped_id('answers.source_dataset', 'answers.native_contact_id') }} as contact_id,
        answers.source_dataset || ':' || answers.native_case_id as case_id,
        answers.source_dataset || ':' || answers.native_invitation_id as invitation_id,
        coalesce(identity_keys.customer_id, 'person:' || answers.customer_key) as customer_id,
        aliases.channel,
        queue_names.queue_id,
        answers.agent_id,
        answers.weight,
        answers.comment_key,
        answers.answered_at,
        answers.score as score_raw
    from file_answers as answers
    left join identity_keys on answers.customer_key = identity_keys.person_key
    left join aliases on lower(trim(answers.channel_text)) = aliases.alias
    left join queue_names
        on
            answers.source_dataset = queue_names.source_dataset
            and answers.queue_name = queue_names.queue_name

),

from_call_records as (

    -- Call detail records may carry the score that was given right after the call.
    select
        calls.source_dataset || ':' || calls.native_call_id as response_id,
        calls.source_dataset as source_system,
        'transactional' as survey_type,
        'csat' as metric,
        'csat_5' as scale_code,
        calls.source_dataset || ':' || calls.native_call_id as contact_id,
        cast(null as string) as case_id,
        cast(null as string) as invitation_id,
        coalesce(identity_keys.customer_id, 'person:' || calls.customer_key) as customer_id,
        'voice' as channel,
        queue_names.queue_id,
        calls.agent_id,
        cast(null as double) as weight,
        cast(null as string) as comment_key,
        coalesce(calls.ended_at, calls.answered_at, calls.queued_at) as answered_at,
        calls.csat_score as score_raw
    from {{ ref('stg_files__calls') }} as calls
    left join identity_keys on calls.customer_key = identity_keys.person_key
    left join queue_names
        on calls.source_dataset = queue_names.source_dataset and calls.queue_name = queue_names.queue_name
    where
        calls.csat_score is not null
        and {{ no_earlier(
            ref('stg_files__calls'), 'queued_at', in_tail('coalesce(ended_at, answered_at, queued_at)')
        ) }}

),

unioned as (

    select * from from_typeform
    union all
    select * from from_zendesk
    union all
    select * from from_files
    union all
    select * from from_call_records
    {{- answers_of_more_systems() }}

)

-- Asked about the whole relationship, satisfaction is another figure than that with one contact.
select
    response_id,
    source_system,
    survey_type,
    case when survey_type = 'relationship' and metric = 'csat' then 'overall' else metric end as metric,
    scale_code,
    contact_id,
    case_id,
    invitation_id,
    customer_id,
    channel,
    queue_id,
    agent_id,
    weight,
    comment_key,
    answered_at,
    score_raw
from unioned
where answered_at <= {{ as_of() }} and {{ in_tail('answered_at') }}
qualify row_number() over (
    partition by response_id, scale_code
    order by answered_at desc, score_raw asc
) = 1
