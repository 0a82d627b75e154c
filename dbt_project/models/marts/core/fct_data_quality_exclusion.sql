-- One row per rule, source and local day of the records: how many rows the rule leaves out of the figures.
-- Every excluded row is counted once, under the first rule that hits it; a contact with an impossible
-- duration stays in the counts and only loses the duration.
{% set zone = "'" ~ var('default_timezone') ~ "'" %}

with

cases as (

    select
        source_system,
        created_at as recorded_at,
        case
            when is_deleted = 1 then 'deleted_case'
            when merged_into_case_id is not null then 'merged_case'
            when is_spam = 1 then 'spam_case'
            when is_test = 1 then 'test_case'
            when is_internal = 1 then 'internal_case'
            when is_problem = 1 then 'problem_case'
            when is_bot_only = 1 then 'bot_case'
            when is_proactive = 1 then 'proactive_case'
        end as rule
    from {{ ref('int_cases') }}
    where is_customer_case = 0

),

contacts as (

    select
        source_system,
        started_at as recorded_at,
        dq_rule as rule
    from {{ ref('fct_contact') }}
    where
        dq_rule is not null
        and (case_id is null or contact_id <> case_id or dq_rule = 'impossible_duration')

),

answers as (

    select
        source_system,
        answered_at as recorded_at,
        case
            when is_valid = 0 then 'answer_off_scale'
            when is_late = 1 then 'late_answer'
            else 'replaced_answer'
        end as rule
    from {{ ref('fct_survey_response') }}
    where is_current_answer = 0

),

invitations as (

    select
        source_system,
        sent_at as recorded_at,
        'second_invitation' as rule
    from {{ ref('int_survey_invitations') }}
    where is_duplicate = 1

),

unioned as (

    select * from cases
    union all
    select * from contacts
    union all
    select * from answers
    union all
    select * from invitations

)

select
    rule,
    source_system,
    cast({{ to_local('recorded_at', zone) }} as date) as local_date,
    count(*) as excluded_rows
from unioned
group by rule, source_system, cast({{ to_local('recorded_at', zone) }} as date)
