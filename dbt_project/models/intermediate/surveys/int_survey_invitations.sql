-- One row per survey invitation of any system, its reminders folded in, sent up to as-of.
-- Of several invitations for one contact the first that was sent counts; the others are duplicates.
with

sends as (

    select * from {{ ref('stg_files__survey_invitations') }}
    -- What employees are asked is kept apart from customers, by cell and not by person.
    where sent_at <= {{ as_of() }} and coalesce(survey_type, 'transactional') <> 'employee'

),

ratings as (

    select * from {{ ref('stg_zendesk__satisfaction_ratings') }}
    where created_at <= {{ as_of() }}

),

users as (

    select * from {{ ref('stg_zendesk__users') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

from_files as (

    select
        sends.source_dataset || ':' || sends.native_invitation_id as invitation_id,
        sends.source_dataset as source_system,
        coalesce(max(sends.survey_type), 'transactional') as survey_type,
        max({{ scoped_id('sends.source_dataset', 'sends.native_contact_id') }}) as contact_id,
        max(sends.customer_key) as customer_key,
        max(sends.invitation_trigger) as invitation_trigger,
        max(case when sends.reminder_no = 0 then sends.channel_text end) as invitation_channel,
        coalesce(min(case when sends.reminder_no = 0 then sends.sent_at end), min(sends.sent_at)) as sent_at,
        min(case when sends.delivered_at <= {{ as_of() }} then sends.delivered_at end) as delivered_at,
        min(case when sends.opened_at <= {{ as_of() }} then sends.opened_at end) as opened_at,
        max(case when sends.reminder_no = 0 then sends.suppressed_reason end) as suppressed_reason,
        sum({{ flag('sends.reminder_no > 0') }}) as reminders,
        min(case when sends.reminder_no > 0 then sends.sent_at end) as reminded_at,
        {{ first_by(
            'case when sends.reminder_no > 0 then sends.channel_text end',
            'case when sends.reminder_no > 0 then sends.sent_at end'
        ) }} as reminder_channel
    from sends
    group by sends.source_dataset, sends.native_invitation_id

),

from_zendesk as (

    -- Zendesk writes the rating into the record of the offer. A record that was never only an
    -- offer tells nothing of who was asked, and would make the response rate 100 %.
    select
        'zendesk:' || ratings.rating_id as invitation_id,
        'zendesk' as source_system,
        'transactional' as survey_type,
        'zendesk:' || ratings.ticket_id as contact_id,
        coalesce(users.email_key, users.phone_key) as customer_key,
        'after_contact' as invitation_trigger,
        'email' as invitation_channel,
        ratings.created_at as sent_at,
        ratings.created_at as delivered_at,
        cast(null as timestamp) as opened_at,
        cast(null as string) as suppressed_reason,
        0 as reminders,
        cast(null as timestamp) as reminded_at,
        cast(null as string) as reminder_channel
    from ratings
    left join users on ratings.requester_id = users.user_id
    where ratings.score = 'offered' or ratings.updated_at > ratings.created_at

),

unioned as (

    select * from from_files
    union all
    select * from from_zendesk

)

select
    unioned.invitation_id,
    unioned.source_system,
    unioned.survey_type,
    unioned.contact_id,
    coalesce(identity_keys.customer_id, 'person:' || unioned.customer_key) as customer_id,
    unioned.invitation_trigger,
    unioned.invitation_channel,
    unioned.sent_at,
    case
        when unioned.suppressed_reason is null then coalesce(unioned.delivered_at, unioned.sent_at)
    end as delivered_at,
    unioned.opened_at,
    {{ add_seconds('unioned.sent_at', var('survey_answer_window_days') * 86400) }} as expires_at,
    unioned.suppressed_reason,
    unioned.reminders,
    unioned.reminded_at,
    unioned.reminder_channel,
    {{ flag(
        'unioned.contact_id is not null and row_number() over ('
        ~ 'partition by unioned.contact_id, unioned.survey_type'
        ~ ' order by case when unioned.suppressed_reason is null then 0 else 1 end,'
        ~ ' unioned.sent_at, unioned.invitation_id) > 1'
    ) }} as is_duplicate
from unioned
left join identity_keys on unioned.customer_key = identity_keys.person_key
