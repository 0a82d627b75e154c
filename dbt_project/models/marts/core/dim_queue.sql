-- One row per queue of any system; queues that vanished stay, marked.
select
    queue_id,
    queue_name,
    source_system,
    channel,
    timezone,
    schedule_id,
    business_area,
    brand,
    client,
    is_deleted
from {{ ref('int_queues') }}
