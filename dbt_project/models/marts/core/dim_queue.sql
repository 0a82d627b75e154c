-- One row per queue of any system and version of what the list of queues says of it; every instant
-- finds exactly one of them. Queues that vanished stay, marked. Facts carry the key of the version
-- that held when the contact came.
with

queues as (

    select * from {{ ref('int_queues') }}

),

listed as (

    select *
    from {{ ref('stg_files__queues') }}
    qualify source_dataset = first_value(source_dataset) over (
        partition by queue_id order by is_deleted asc, _dlt_load_id desc, source_dataset asc
    )

),

versions as (

    select
        queues.queue_id,
        coalesce(listed.queue_name, queues.queue_name) as queue_name,
        queues.source_system,
        queues.channel,
        queues.timezone,
        queues.schedule_id,
        listed.business_area,
        listed.brand,
        listed.client,
        queues.is_deleted,
        listed.valid_from,
        coalesce(listed._dlt_load_id, '') as load_id
    from queues
    left join listed on queues.queue_id = listed.queue_id

),

{{ held_versions('versions', 'queue', ties=['load_id']) }}

select
    queue_sk,
    queue_id,
    queue_name,
    source_system,
    channel,
    timezone,
    schedule_id,
    business_area,
    brand,
    client,
    is_deleted,
    held_from as valid_from,
    held_to as valid_to,
    is_current
from held_versions
