-- The survey funnel only narrows, every negative response has its follow-up row and no other has,
-- and a contact has at most one current answer of a metric.
with

responses as (

    select * from {{ ref('fct_survey_response') }}

),

negatives as (

    select response_id
    from responses
    where is_negative = 1 and is_valid = 1 and is_late = 0 and survey_type <> 'employee'
    group by response_id

),

follow_ups as (

    select * from {{ ref('fct_closed_loop_task') }}

),

faults as (

    select
        'funnel' as fault,
        invitation_id as row_id
    from {{ ref('fct_survey_invitation') }}
    where
        is_response_given > is_response_due
        or is_response_due > is_delivered
        or is_reminder_due > is_response_due
        or is_answered_after_reminder > is_reminder_due
        or (is_answered_after_reminder = 1 and is_response_given = 0)
        or answered_at < sent_at
    union all
    select
        'follow-up' as fault,
        response_id as row_id
    from follow_ups
    where
        is_reached > is_due
        or is_reached_within_sla > is_reached
        or is_recovered > is_reached_reanswered
        or is_excluded + is_due > 1
    union all
    select
        'negative' as fault,
        coalesce(negatives.response_id, follow_ups.response_id) as row_id
    from negatives
    full outer join follow_ups on negatives.response_id = follow_ups.response_id
    where negatives.response_id is null or follow_ups.response_id is null
    union all
    select
        'current' as fault,
        min(response_id) as row_id
    from responses
    where is_current_answer = 1
    group by coalesce(contact_id, invitation_id, response_id), survey_type, metric
    having count(*) > 1

)

select * from faults
