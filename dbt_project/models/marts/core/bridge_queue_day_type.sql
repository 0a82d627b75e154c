-- One row per queue and local day since its first contact: what kind of day it is there. A campaign hits
-- its own queues and lasts through its after-effect days; a holiday is that of the queue's schedule, or
-- the national one where a queue has no schedule.
with

queues as (

    select * from {{ ref('dim_queue') }}

),

contacts as (

    select
        first_queue_id as queue_id,
        min(local_date) as first_day,
        max(cast(as_of_at as date)) as last_day
    from {{ ref('fct_contact') }}
    where first_queue_id is not null
    group by first_queue_id

),

days as (

    select * from {{ ref('dim_date') }}

),

holidays as (

    select * from {{ ref('int_schedule_holidays') }}

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
        days.date_day,
        case
            when queues.schedule_id is null then days.is_public_holiday_fi
            else {{ flag('holidays.day_at is not null') }}
        end as is_holiday
    from contacts
    inner join queues on contacts.queue_id = queues.queue_id
    inner join days on days.date_day between contacts.first_day and contacts.last_day
    left join holidays
        on queues.schedule_id = holidays.schedule_id and days.date_day = holidays.day_at

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
    campaign_days.campaign_id
from queue_days
left join campaign_days
    on queue_days.queue_id = campaign_days.queue_id and queue_days.date_day = campaign_days.date_day
