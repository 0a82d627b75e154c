-- One row per queue and local day from the first contact on: what kind of day it is there, and how long
-- the queue is open. A campaign hits its own queues and lasts through its after-effect days; a holiday is
-- that of the queue's schedule, or the national one where a queue has no schedule and never closes.
with

queues as (

    select * from {{ ref('int_queues') }}

),

span as (

    -- East of Greenwich the local day of the last contact may be ahead of as-of.
    select
        min(local_date) as first_day,
        greatest(max(local_date), cast({{ as_of() }} as date)) as last_day
    from {{ ref('int_contacts_clocked') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

holidays as (

    -- A half-day may open twice.
    select distinct
        schedule_id,
        day_at
    from {{ ref('int_schedule_holidays') }}

),

campaigns as (

    select
        campaign_id,
        ';' || queue_ids || ';' as queue_list,
        starts_on,
        {{ add_days('ends_on', 'coalesce(after_effect_days, 0)') }} as last_effect_on
    from {{ ref('stg_files__campaigns') }}
    where is_deleted = 0

),

queue_days as (

    select
        queues.queue_id,
        queues.schedule_id,
        queues.timezone,
        days.date_day,
        case
            when queues.schedule_id is null then days.is_public_holiday_fi
            else {{ flag('holidays.day_at is not null') }}
        end as is_holiday
    from queues
    inner join span on span.first_day is not null
    inner join days on days.date_day between span.first_day and span.last_day
    left join holidays
        on queues.schedule_id = holidays.schedule_id and days.date_day = holidays.day_at

),

zones as (

    select distinct
        schedule_id,
        timezone
    from queues

),

open_days as (

    -- Opening hours are of a local day; cut at UTC midnights they still begin on it.
    select
        zones.schedule_id,
        zones.timezone,
        cast({{ to_local('intervals.opens_at', 'zones.timezone') }} as date) as date_day,
        sum(intervals.open_seconds) as open_seconds
    from zones
    inner join span on span.first_day is not null
    inner join {{ ref('int_business_intervals') }} as intervals
        on
            zones.schedule_id = intervals.schedule_id
            and intervals.utc_date between {{ add_days('span.first_day', -1) }}
            and {{ add_days('span.last_day', 1) }}
    group by
        zones.schedule_id,
        zones.timezone,
        cast({{ to_local('intervals.opens_at', 'zones.timezone') }} as date)

),

campaign_days as (

    -- A campaign that names no queue hits all.
    select
        queue_days.queue_id,
        queue_days.date_day,
        min(campaigns.campaign_id) as campaign_id
    from queue_days
    inner join campaigns
        on
            queue_days.date_day between campaigns.starts_on and campaigns.last_effect_on
            and (
                campaigns.queue_list is null
                or campaigns.queue_list = ';;'
                or campaigns.queue_list like '%;' || queue_days.queue_id || ';%'
            )
    group by queue_days.queue_id, queue_days.date_day

)

select
    queue_days.queue_id,
    queue_days.date_day,
    case
        when queue_days.is_holiday = 1 and campaign_days.campaign_id is not null then 'campaign_holiday'
        when queue_days.is_holiday = 1 then 'holiday'
        when campaign_days.campaign_id is not null then 'campaign'
        else 'normal'
    end as day_type,
    campaign_days.campaign_id,
    cast(case
        when queue_days.schedule_id is not null then coalesce(open_days.open_seconds, 0)
        else {{ seconds_between(
            to_utc(local_time('queue_days.date_day', '0'), 'queue_days.timezone'),
            to_utc(local_time(add_days('queue_days.date_day', 1), '0'), 'queue_days.timezone')
        ) }}
    end as bigint) as open_seconds
from queue_days
left join campaign_days
    on queue_days.queue_id = campaign_days.queue_id and queue_days.date_day = campaign_days.date_day
left join open_days
    on
        queue_days.schedule_id = open_days.schedule_id
        and queue_days.timezone = open_days.timezone
        and queue_days.date_day = open_days.date_day
