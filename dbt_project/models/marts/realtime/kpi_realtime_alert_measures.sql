-- Grain: alert rule x queue x channel, as things stood at as_of_at. What the rules of catalogue 2.5
-- look at: is_beyond (null where too little was counted), is_back (cleared by a tenth of the
-- threshold). What opens an alert, and when, is kept outside the warehouse: it must outlive a build.
{%- set min_n = var('alert_min_n') %}

with

queues as (

    select * from {{ ref('kpi_realtime_queues') }}

),

targets as (

    select
        queues.queue_id,
        queues.channel,
        {{ first_by('coalesce(dim_target.warn, dim_target.target)', 'dim_target.precedence') }} as warn,
        {{ first_by('dim_target.critical', 'dim_target.precedence') }} as critical
    from queues
    inner join {{ ref('dim_target') }} as dim_target
        on
            dim_target.metric_id = 'service_level'
            and dim_target.is_current = 1
            and (dim_target.queue_id is null or queues.queue_id = dim_target.queue_id)
            and (dim_target.channel is null or queues.channel = dim_target.channel)
    group by queues.queue_id, queues.channel

),

-- Two rules a target: what a team lead is to know, and what the duty manager is to know.
limits as (

    select
        'service_level_low' as rule_id,
        'warn' as severity,
        queue_id,
        channel,
        warn as threshold
    from targets
    where warn is not null
    union all
    select
        'service_level_critical' as rule_id,
        'critical' as severity,
        queue_id,
        channel,
        critical as threshold
    from targets
    where critical is not null

),

-- Each rule's figure, counts and threshold.
service_level as (

    select
        limits.rule_id,
        'service_level' as metric_id,
        limits.severity,
        queues.queue_id,
        queues.channel,
        {{ ratio('queues.interval_service_level_met', 'queues.interval_service_level_due') }} as figure,
        queues.interval_service_level_due as n,
        {{ wilson_low('queues.interval_service_level_met', 'queues.interval_service_level_due') }} as low,
        {{ wilson_high('queues.interval_service_level_met', 'queues.interval_service_level_due') }} as high,
        limits.threshold,
        queues.interval_start_at as period_at,
        queues.as_of_at
    from queues
    inner join limits
        on
            queues.channel = limits.channel
            and coalesce(queues.queue_id, '') = coalesce(limits.queue_id, '')

),

abandonment as (

    select
        'abandonment_high' as rule_id,
        'abandonment_rate' as metric_id,
        'warn' as severity,
        queue_id,
        channel,
        {{ ratio(
            '(interval_abandoned - interval_short_abandoned)',
            '(interval_answered + interval_abandoned - interval_short_abandoned)'
        ) }} as figure,
        interval_answered + interval_abandoned - interval_short_abandoned as n,
        {{ wilson_low(
            '(interval_abandoned - interval_short_abandoned)',
            '(interval_answered + interval_abandoned - interval_short_abandoned)'
        ) }} as low,
        {{ wilson_high(
            '(interval_abandoned - interval_short_abandoned)',
            '(interval_answered + interval_abandoned - interval_short_abandoned)'
        ) }} as high,
        cast({{ var('alert_abandonment') }} as double) as threshold,
        interval_start_at as period_at,
        as_of_at
    from queues
    where channel in ('voice', 'chat')

),

speed as (

    select
        'answer_slow' as rule_id,
        'average_speed_of_answer' as metric_id,
        'warn' as severity,
        queue_id,
        channel,
        {{ ratio('interval_connected_wait_seconds', 'interval_connected') }} as figure,
        interval_connected as n,
        cast(null as double) as low,
        cast(null as double) as high,
        cast({{ var('wait_breakpoints_seconds')[0] }} as double) as threshold,
        interval_start_at as period_at,
        as_of_at
    from queues
    where channel = 'voice'

),

longest_wait as (

    select
        'wait_long' as rule_id,
        'longest_wait_current' as metric_id,
        'critical' as severity,
        queue_id,
        channel,
        cast(coalesce(longest_wait_seconds, 0) as double) as figure,
        -- The longest wait is one contact's: there is no sample to be too small.
        cast({{ min_n }} as bigint) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        cast({{ var('wait_breakpoints_seconds')[-1] }} as double) as threshold,
        date_trunc('minute', as_of_at) as period_at,
        as_of_at
    from queues
    where channel = 'voice'

),

measures as (

    select * from service_level
    union all
    select * from abandonment
    union all
    select * from speed
    union all
    select * from longest_wait

),

final as (

    select
        rule_id,
        metric_id,
        severity,
        queue_id,
        channel,
        figure,
        cast(n as bigint) as n,
        low,
        high,
        threshold,
        period_at,
        cast({{ var('alert_persistence') }} as integer) as persistence,
        case
            when n < {{ min_n }} or figure is null then null
            when metric_id = 'service_level' then {{ flag('high < threshold') }}
            when rule_id = 'abandonment_high' then {{ flag('low > threshold') }}
            else {{ flag('figure > threshold') }}
        end as is_beyond,
        case
            when n < {{ min_n }} or figure is null then 0
            when metric_id = 'service_level' then {{ flag('figure >= least(1, threshold * 1.1)') }}
            else {{ flag('figure <= threshold * 0.9') }}
        end as is_back,
        as_of_at
    from measures

)

select * from final
