-- One row per channel: the complete list, so that shares add up to 100 %.
select
    channel,
    channel_name,
    channel_name_fi,
    channel_group,
    is_live,
    is_deferrable,
    is_public,
    cast({{ threshold_seconds('threshold_key') }} as bigint) as service_level_threshold_seconds,
    sort_order
from {{ ref('channels') }}
