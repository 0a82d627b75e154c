-- Offered contacts are answered, abandoned, gone another way or still waiting, at every grain they are
-- summed at.
select
    'day' as grain,
    cast(local_date as string) as at,
    channel,
    queue_id
from {{ ref('kpi_daily_contacts') }}
where offered <> answered + abandoned + flow_out + waiting
union all
select
    'interval' as grain,
    cast(interval_start_at as string) as at,
    channel,
    queue_id
from {{ ref('fct_queue_interval') }}
where offered <> answered + abandoned + flow_out + waiting
