-- Offered contacts are answered, abandoned, gone another way or still waiting, and nothing else.
with contacts as (

    select * from {{ ref('kpi_daily_contacts') }}

)

select
    local_date,
    channel,
    queue_id,
    offered,
    answered,
    abandoned,
    flow_out,
    waiting
from contacts
where offered <> answered + abandoned + flow_out + waiting
