-- Grain: local date x channel, every channel on every date since the first contact, also with nothing in it.
-- What shares need: beside a channel's own count that of all channels, so that a share is the one over the
-- other, added up over any days; and how many customers there were that day.
with

channels as (

    select * from {{ ref('dim_channel') }}

),

contacts as (

    select
        local_date,
        channel,
        {{ sum_count('is_offered') }} as contacts
    from {{ ref('fct_contact') }}
    group by local_date, channel

),

issues as (

    select
        opened_local_date as local_date,
        first_channel as channel,
        {{ sum_count('is_identified') }} as first_issues
    from {{ ref('fct_issue') }}
    group by opened_local_date, first_channel

),

span as (

    select
        min(local_date) as first_day,
        max(local_date) as last_day
    from contacts

),

days as (

    select dates.date_day as local_date
    from {{ ref('dim_date') }} as dates
    inner join span on dates.date_day between span.first_day and span.last_day

),

changes as (

    -- A customer counts from the day they come to the day before they leave.
    select
        cast({{ to_local('acquired_at', "'" ~ var('default_timezone') ~ "'") }} as date) as local_date,
        1 as customers
    from {{ ref('dim_customer') }}
    where is_current = 1 and acquired_at <= {{ as_of() }}
    union all
    select
        cast({{ to_local('churned_at', "'" ~ var('default_timezone') ~ "'") }} as date) as local_date,
        -1 as customers
    from {{ ref('dim_customer') }}
    where is_current = 1 and acquired_at <= {{ as_of() }} and churned_at <= {{ as_of() }}

),

daily_changes as (

    select
        local_date,
        sum(customers) as customers
    from changes
    group by local_date

),

customers as (

    select
        days.local_date,
        sum(daily_changes.customers) as active_customers
    from days
    inner join daily_changes on days.local_date >= daily_changes.local_date
    group by days.local_date

),

counted as (

    select
        days.local_date,
        channels.channel,
        coalesce(contacts.contacts, 0) as contacts,
        coalesce(issues.first_issues, 0) as first_issues,
        coalesce(customers.active_customers, 0) as active_customers
    from days
    cross join channels
    left join contacts on days.local_date = contacts.local_date and channels.channel = contacts.channel
    left join issues on days.local_date = issues.local_date and channels.channel = issues.channel
    left join customers on days.local_date = customers.local_date

)

select
    local_date,
    channel,
    cast(contacts as bigint) as contacts,
    cast(sum(contacts) over (partition by local_date) as bigint) as contacts_of_all_channels,
    cast(first_issues as bigint) as first_issues,
    cast(sum(first_issues) over (partition by local_date) as bigint) as first_issues_of_all_channels,
    cast(active_customers as bigint) as active_customers
from counted
