-- One row per contact that can open or repeat an issue, with what its related contacts say.
-- Related: same customer, inbound, offered, neither spam nor a short abandon, and the same reason
-- or a reason missing on either side. The join is by customer and bounded by the window.
{% set window = var('fcr_window_days') * 86400 %}

with

contacts as (

    select
        contact_id,
        customer_id,
        case_id,
        reason_id,
        channel,
        started_at,
        ended_at,
        coalesce(ended_at, as_of_at) as ended_or_as_of_at,
        {{ add_seconds('coalesce(ended_at, as_of_at)', window) }} as window_ends_at,
        is_handled,
        is_abandoned,
        as_of_at
    from {{ ref('int_contacts_flagged') }}
    where customer_id is not null and is_offered = 1 and is_short_abandoned = 0

),

spans as (

    select * from {{ ref('int_case_status_spans') }}

),

earlier as (

    select
        later.contact_id,
        max(earlier.is_handled) as has_earlier_handled,
        1 as has_earlier
    from contacts as later
    inner join contacts as earlier on later.customer_id = earlier.customer_id
    where
        {{ comes_after('later', 'earlier') }}
        and later.started_at <= earlier.window_ends_at
        and {{ is_related('later', 'earlier') }}
    group by later.contact_id

),

followed as (

    -- Any later contact in the window fails the first one, also one that gave up waiting.
    select distinct earlier.contact_id
    from contacts as earlier
    inner join contacts as later on earlier.customer_id = later.customer_id
    where
        {{ comes_after('later', 'earlier') }}
        and later.started_at <= earlier.window_ends_at
        and {{ is_related('later', 'earlier') }}
        and (later.is_abandoned = 0 or {{ var('fcr_repeat_includes_abandoned') }})

),

first_solves as (

    select
        case_id,
        min(from_at) as first_solved_at
    from spans
    where is_solved_state = 1
    group by case_id

),

cases_left_open as (

    -- Not solved when the window closed, or taken up again between the first solve and then.
    select
        contacts.contact_id,
        max(case
            when
                spans.from_at <= contacts.window_ends_at
                and (spans.to_at is null or spans.to_at > contacts.window_ends_at)
                and spans.is_solved_state = 1
                then 1
            else 0
        end) as is_solved_at_end,
        max(case
            when
                spans.is_solved_state = 0
                and spans.previous_status in ('solved', 'closed')
                and spans.from_at > first_solves.first_solved_at
                and spans.from_at <= contacts.window_ends_at
                then 1
            else 0
        end) as is_reopened
    from contacts
    inner join spans on contacts.case_id = spans.case_id
    left join first_solves on contacts.case_id = first_solves.case_id
    group by contacts.contact_id

),

judged as (

    select
        contacts.*,
        coalesce(earlier.has_earlier, 0) as has_earlier,
        coalesce(earlier.has_earlier_handled, 0) as has_earlier_handled,
        {{ flag('followed.contact_id is not null') }} as is_followed,
        {{ flag('cases_left_open.is_solved_at_end = 0 or cases_left_open.is_reopened = 1') }}
            as is_case_left_open
    from contacts
    left join earlier on contacts.contact_id = earlier.contact_id
    left join followed on contacts.contact_id = followed.contact_id
    left join cases_left_open on contacts.contact_id = cases_left_open.contact_id

),

cohort as (

    select
        judged.*,
        {{ flag('is_handled = 1 and has_earlier_handled = 0') }} as is_issue_opening,
        {{ flag('ended_at is not null and window_ends_at <= as_of_at') }} as is_mature
    from judged

)

select
    contact_id,
    {{ flag('is_issue_opening = 1 and is_mature = 1') }} as is_fcr_eligible,
    {{ flag('is_issue_opening = 1 and is_mature = 1 and is_followed = 0 and is_case_left_open = 0') }}
        as is_fcr_success,
    {{ flag('is_issue_opening = 1 and is_mature = 0') }} as is_fcr_immature,
    {{ flag('is_handled = 1 and has_earlier = 1') }} as is_repeat
from cohort
