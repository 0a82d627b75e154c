-- One row per metric, scope (queue and channel; null is every one) and stretch of local days
-- [valid_from, valid_to). Several rows may fit one contact or case: the lowest precedence wins, and
-- what it leaves open comes from the next (macro effective_targets). A file drop goes before the
-- dbt vars, and of one source the narrower scope before the wider one.
with

listed as (

    select * from {{ ref('stg_files__targets') }}
    where is_deleted = 0

),

listed_queues as (

    select distinct queue_id from {{ ref('stg_files__queues') }}

),

aliases as (

    select * from {{ ref('channel_aliases') }}

),

channels as (

    select * from {{ ref('channels') }}

),

from_files as (

    -- A queue is named as everywhere in a file drop: by its id, or by its name in the dataset.
    select
        listed.metric_id,
        coalesce(listed_queues.queue_id, listed.source_dataset || ':' || listed.queue_id) as queue_id,
        case when listed.channel_text is not null then coalesce(aliases.channel, 'unknown') end as channel,
        cast(listed.threshold_seconds as bigint) as threshold_seconds,
        listed.target_value as target,
        listed.warn_value as warn,
        listed.critical_value as critical,
        listed.target_owner as owner,
        'files' as target_source,
        coalesce(listed.valid_from, date '1970-01-01') as valid_from,
        listed.valid_to
    from listed
    left join listed_queues on listed.queue_id = listed_queues.queue_id
    left join aliases on lower(trim(listed.channel_text)) = aliases.alias

),

default_metrics as (

    select
        'service_level' as metric_id,
        channel,
        {{ threshold_seconds('threshold_key') }} as threshold_seconds,
        {{ by_threshold_key('sl_target', 'threshold_key') }} as target
    from channels
    union all
    select
        'response_within_target_rate' as metric_id,
        channel,
        {{ threshold_seconds('threshold_key') }} as threshold_seconds,
        {{ by_threshold_key('sl_target', 'threshold_key') }} as target
    from channels
    where is_deferrable = 1
    union all
    select
        'resolved_within_target_rate' as metric_id,
        cast(null as string) as channel,
        {{ var('resolution_target_seconds') }} as threshold_seconds,
        cast(null as double) as target
),

from_vars as (

    select
        metric_id,
        cast(null as string) as queue_id,
        channel,
        cast(threshold_seconds as bigint) as threshold_seconds,
        cast(target as double) as target,
        cast(null as double) as warn,
        cast(null as double) as critical,
        cast(null as string) as owner,
        'vars' as target_source,
        date '1970-01-01' as valid_from,
        cast(null as date) as valid_to
    from default_metrics

),

unioned as (

    select * from from_files
    union all
    select * from from_vars

),

succeeded as (

    -- A newer target of the same scope ends the older one, whether or not the file says so.
    select
        *,
        lead(valid_from) over (
            partition by metric_id, queue_id, channel, target_source
            order by valid_from, valid_to nulls first, threshold_seconds, target
        ) as next_from
    from unioned

),

final as (

    -- Of two rows that begin on one day the later one holds; the other would hold for no day.
    select
        metric_id,
        queue_id,
        channel,
        threshold_seconds,
        target,
        warn,
        critical,
        owner,
        target_source,
        valid_from,
        least(valid_to, next_from) as valid_to,
        cast(
            case target_source when 'files' then 0 else 4 end
            + case when queue_id is null then 2 else 0 end
            + case when channel is null then 1 else 0 end as integer
        ) as precedence
    from succeeded
    where next_from is null or next_from > valid_from

)

select
    final.*,
    case
        when
            cast({{ as_of() }} as date) >= valid_from
            and (valid_to is null or cast({{ as_of() }} as date) < valid_to) then 1
        else 0
    end as is_current
from final
