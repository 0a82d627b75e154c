-- One row per survey invitation, through its funnel: invited, delivered, opened, answered. Rates
-- count only invitations whose answer window is closed, answered or not (is_response_due = 1).
{% set days = var('resurvey_quarantine_days') %}
{%- set quarantine -%}
    case funnel.survey_type
    {%- for survey_type in days %}
        when '{{ survey_type }}' then {{ (days[survey_type] | default(0)) * 86400 }}
    {%- endfor %}
    end
{%- endset %}

with

invitations as (

    -- When the same person was last asked in a survey of this kind.
    select
        *,
        max(case when suppressed_reason is null and customer_id is not null then sent_at end) over (
            partition by customer_id, survey_type
            order by sent_at, invitation_id
            rows between unbounded preceding and 1 preceding
        ) as last_asked_at
    from {{ ref('int_survey_invitations') }}

),

answered as (

    select
        invitation_id,
        min(answered_at) as answered_at
    from {{ ref('fct_survey_response') }}
    where is_valid = 1 and is_late = 0 and answered_at >= invited_at
    group by invitation_id

),

contacts as (

    select * from {{ ref('fct_contact') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

aliases as (

    select * from {{ ref('channel_aliases') }}

),

funnel as (

    select
        invitations.*,
        contacts.contact_id as known_contact_id,
        coalesce(contacts.customer_id, invitations.customer_id) as known_customer_id,
        contacts.channel,
        contacts.first_queue_id as queue_id,
        contacts.last_agent_id as agent_id,
        contacts.reason_id,
        contacts.local_date as contact_date,
        coalesce(contacts.started_at, invitations.sent_at) as known_at,
        coalesce(contacts.is_handled, 0) as is_handled,
        answered.answered_at,
        cast({{ to_local(
            'invitations.sent_at', "coalesce(contacts.timezone, '" ~ var('default_timezone') ~ "')"
        ) }} as date) as sent_local_date,
        cast({{ to_local(
            'invitations.reminded_at', "coalesce(contacts.timezone, '" ~ var('default_timezone') ~ "')"
        ) }} as date) as reminded_local_date,
        {{ flag('invitations.suppressed_reason is null') }} as is_delivered,
        {{ flag('invitations.expires_at <= ' ~ as_of()) }} as is_window_closed,
        {{ flag('answered.answered_at is not null') }} as is_answered,
        {{ flag(
            'invitations.reminded_at is not null'
            ~ ' and (answered.answered_at is null or answered.answered_at > invitations.reminded_at)'
        ) }} as is_reminded_unanswered
    from invitations
    left join answered on invitations.invitation_id = answered.invitation_id
    left join contacts on invitations.contact_id = contacts.contact_id

),

final as (

    select
        funnel.invitation_id,
        funnel.source_system,
        funnel.survey_type,
        funnel.invitation_trigger,
        funnel.known_contact_id as contact_id,
        funnel.known_customer_id as customer_id,
        customers.customer_sk,
        funnel.channel,
        coalesce(sent_by.channel, funnel.invitation_channel) as invitation_channel,
        funnel.queue_id,
        funnel.agent_id,
        funnel.reason_id,
        funnel.sent_at,
        funnel.delivered_at,
        funnel.opened_at,
        funnel.answered_at,
        funnel.expires_at,
        funnel.sent_local_date,
        coalesce(funnel.contact_date, funnel.sent_local_date) as contact_local_date,
        funnel.suppressed_reason,
        cast(funnel.reminders as integer) as reminders,
        funnel.reminded_at,
        funnel.reminded_local_date,
        coalesce(reminded_by.channel, funnel.reminder_channel) as reminder_channel,
        funnel.is_duplicate,
        funnel.is_delivered,
        case
            when {{ add_seconds('funnel.last_asked_at', quarantine) }} > funnel.sent_at
                then funnel.survey_type
        end as quarantine_reason,
        {{ flag('funnel.opened_at is not null') }} as is_opened,
        funnel.is_answered,
        funnel.is_window_closed,
        {{ flag('funnel.is_delivered = 1 and funnel.is_duplicate = 0 and funnel.is_window_closed = 1') }}
            as is_response_due,
        {{ flag(
            'funnel.is_delivered = 1 and funnel.is_duplicate = 0 and funnel.is_window_closed = 1'
            ~ ' and funnel.is_answered = 1'
        ) }} as is_response_given,
        {{ flag(
            'funnel.is_delivered = 1 and funnel.is_duplicate = 0 and funnel.is_window_closed = 1'
            ~ ' and funnel.is_reminded_unanswered = 1'
        ) }} as is_reminder_due,
        {{ flag(
            'funnel.is_delivered = 1 and funnel.is_duplicate = 0 and funnel.is_window_closed = 1'
            ~ ' and funnel.is_reminded_unanswered = 1 and funnel.is_answered = 1'
        ) }} as is_answered_after_reminder,
        {{ flag(
            "funnel.is_handled = 1 and funnel.survey_type = 'transactional' and funnel.is_duplicate = 0"
            ~ " and coalesce(funnel.suppressed_reason, 'bounced') = 'bounced'"
        ) }} as is_contact_invited
    from funnel
    left join customers
        on funnel.known_customer_id = customers.customer_id and {{ holds_at('customers', 'funnel.known_at') }}
    left join aliases as sent_by on lower(trim(funnel.invitation_channel)) = sent_by.alias
    left join aliases as reminded_by on lower(trim(funnel.reminder_channel)) = reminded_by.alias

)

select * from final
