-- Grain: alert rule x channel x queue (null: the whole channel), on the newest closed local day. What the
-- daily rules of catalogue 2.5 look at: a Wilson bound against dim_target (AL-W), and a p-chart or u-chart
-- against the same weekday of eight weeks without holidays and campaigns (AL-S). Alerts themselves are kept
-- outside the warehouse: they must outlive a build.
{%- set min_n = var('alert_min_n') %}
{%- set looked_back = -7 * (var('alert_baseline_weeks') | int) %}

with

contacts as (

    select * from {{ ref('kpi_daily_contacts') }}

),

surveys as (

    select * from {{ ref('kpi_daily_surveys') }}
    where metric = 'csat' and survey_type = 'transactional'

),

day_types as (

    select * from {{ ref('bridge_queue_day_type') }}

),

as_of_day as (

    select
        as_of_at,
        {{ add_days(
            'cast(' ~ to_local('as_of_at', "'" ~ var('default_timezone') ~ "'") ~ ' as date)', -1
        ) }} as closed_day
    from (select max(as_of_at) as as_of_at from {{ ref('fct_contact') }}) as known

),

-- worse: 1 where more is worse, -1 where less is, 0 where either is worth a look.
counted as (

    select
        'service_level' as metric_id,
        -1 as worse,
        1 as is_share,
        local_date,
        channel,
        queue_id,
        service_level_met as hits,
        service_level_due as n
    from contacts
    union all
    select
        'abandonment_rate' as metric_id,
        1 as worse,
        1 as is_share,
        local_date,
        channel,
        queue_id,
        abandoned - short_abandoned as hits,
        answered + abandoned - short_abandoned as n
    from contacts
    where channel in ('voice', 'chat')
    union all
    select
        'contacts_offered' as metric_id,
        0 as worse,
        0 as is_share,
        local_date,
        channel,
        queue_id,
        offered as hits,
        offered as n
    from contacts
    union all
    select
        'csat_score' as metric_id,
        -1 as worse,
        1 as is_share,
        local_date,
        channel,
        queue_id,
        top2 as hits,
        responses as n
    from surveys

),

by_queue as (

    select
        counted.*,
        case when coalesce(day_types.day_type, 'normal') = 'normal' then 0 else 1 end as is_special
    from counted
    left join day_types
        on counted.queue_id = day_types.queue_id and counted.local_date = day_types.date_day

),

scoped as (

    select
        metric_id,
        worse,
        is_share,
        local_date,
        channel,
        queue_id,
        sum(hits) as hits,
        sum(n) as n,
        max(is_special) as is_special
    from by_queue
    where queue_id is not null
    group by metric_id, worse, is_share, local_date, channel, queue_id
    union all
    select
        metric_id,
        worse,
        is_share,
        local_date,
        channel,
        cast(null as string) as queue_id,
        sum(hits) as hits,
        sum(n) as n,
        max(is_special) as is_special
    from by_queue
    group by metric_id, worse, is_share, local_date, channel

),

closed as (

    select
        scoped.*,
        as_of_day.as_of_at,
        as_of_day.closed_day,
        {{ iso_weekday('scoped.local_date') }} as weekday,
        cast(
            case
                when scoped.is_share = 1 then {{ ratio('scoped.hits', 'scoped.n') }} else scoped.hits
            end as double
        ) as figure
    from scoped
    cross join as_of_day
    where scoped.local_date <= as_of_day.closed_day and scoped.n > 0

),

-- The last eight days of each scope that were counted enough: the run rules look at these.
points as (

    select
        *,
        row_number() over (
            partition by metric_id, channel, queue_id order by local_date desc
        ) as position
    from closed
    where n >= {{ min_n }}
    qualify position <= 8

),

baselines as (

    select
        points.metric_id,
        points.channel,
        points.queue_id,
        points.local_date,
        count(*) as days,
        cast(sum(usual.hits) as double) / sum(usual.n) as share,
        avg(cast(usual.hits as double)) as level,
        -- The sample's deviation, of whole sums: stddev_samp() differs by the order of its rows.
        sqrt(
            cast(
                count(*) * sum(cast(usual.hits * usual.hits as bigint))
                - sum(cast(usual.hits as bigint)) * sum(cast(usual.hits as bigint)) as double
            ) / nullif(count(*) * (count(*) - 1), 0)
        ) as spread
    from points
    inner join closed as usual
        on
            points.metric_id = usual.metric_id
            and points.channel = usual.channel
            and coalesce(points.queue_id, '') = coalesce(usual.queue_id, '')
            and points.weekday = usual.weekday
            and points.local_date > usual.local_date
            and usual.local_date >= {{ add_days('points.local_date', looked_back) }}
            and usual.is_special = 0
    group by points.metric_id, points.channel, points.queue_id, points.local_date

),

charted as (

    select
        points.*,
        case when points.is_share = 1 then baselines.share else baselines.level end as centre,
        -- Volumes spread more than a Poisson count: the wider of the two counts.
        case
            when points.is_share = 1 then sqrt(baselines.share * (1 - baselines.share) / points.n)
            else greatest(sqrt(baselines.level), coalesce(baselines.spread, 0))
        end as sigma
    from points
    inner join baselines
        on
            points.metric_id = baselines.metric_id
            and points.channel = baselines.channel
            and coalesce(points.queue_id, '') = coalesce(baselines.queue_id, '')
            and points.local_date = baselines.local_date
    where baselines.days >= {{ var('alert_baseline_min_days') }}

),

-- Distance from the centre in sigmas; a baseline without a miss has no spread, and any miss is far off.
sided as (

    select
        *,
        case
            when sigma > 0 then (figure - centre) / sigma
            when figure > centre then 9
            when figure < centre then -9
            else 0
        end as z
    from charted

),

-- Western Electric: one beyond 3 sigmas, two of three beyond 2, four of five beyond 1, eight on one side.
signals as (

    select
        metric_id,
        channel,
        queue_id,
        max(case when position = 1 then abs(z) end) as newest_z,
    {%- for side, sign in [('above', ''), ('below', '-')] %}
        case
            when max(case when position = 1 and {{ sign }}z > 3 then 1 else 0 end) = 1 then 1
            when sum(case when position <= 3 and {{ sign }}z > 2 then 1 else 0 end) >= 2 then 1
            when sum(case when position <= 5 and {{ sign }}z > 1 then 1 else 0 end) >= 4 then 1
            when sum(case when {{ sign }}z > 0 then 1 else 0 end) >= 8 then 1
            else 0
        end as is_{{ side }}{{ ',' if not loop.last }}
    {%- endfor %}
    from sided
    group by metric_id, channel, queue_id

),

control_charts as (

    select
        sided.metric_id || '_control_chart' as rule_id,
        sided.metric_id,
        'warn' as severity,
        sided.queue_id,
        sided.channel,
        sided.figure,
        sided.n,
        greatest(sided.centre - 3 * sided.sigma, 0) as low,
        case
            when sided.is_share = 1 then least(sided.centre + 3 * sided.sigma, 1)
            else sided.centre + 3 * sided.sigma
        end as high,
        case
            when sided.worse = -1 then greatest(sided.centre - 3 * sided.sigma, 0)
            when sided.is_share = 1 then least(sided.centre + 3 * sided.sigma, 1)
            else sided.centre + 3 * sided.sigma
        end as threshold,
        sided.local_date,
        -- The run rules ask for persistence themselves.
        1 as persistence,
        case
            when sided.worse = 1 then signals.is_above
            when sided.worse = -1 then signals.is_below
            else greatest(signals.is_above, signals.is_below)
        end as is_beyond,
        case
            when signals.is_above + signals.is_below = 0 and signals.newest_z <= 1 then 1 else 0
        end as is_back,
        sided.as_of_at,
        sided.closed_day
    from sided
    inner join signals
        on
            sided.metric_id = signals.metric_id
            and sided.channel = signals.channel
            and coalesce(sided.queue_id, '') = coalesce(signals.queue_id, '')
    where sided.position = 1

),

fitting as (

    select
        closed.metric_id,
        closed.channel,
        closed.queue_id,
        {{ first_by('coalesce(dim_target.warn, dim_target.target)', 'dim_target.precedence') }} as warn,
        {{ first_by('dim_target.critical', 'dim_target.precedence') }} as critical
    from (select distinct
        metric_id,
        channel,
        queue_id,
        closed_day
    from closed) as closed
    inner join {{ ref('dim_target') }} as dim_target
        on
            closed.metric_id = dim_target.metric_id
            and (dim_target.queue_id is null or closed.queue_id = dim_target.queue_id)
            and (dim_target.channel is null or closed.channel = dim_target.channel)
            and closed.closed_day >= dim_target.valid_from
            and (dim_target.valid_to is null or closed.closed_day < dim_target.valid_to)
    group by closed.metric_id, closed.channel, closed.queue_id

),

-- Two rules a target: what a team lead is to know, and what the duty manager is to know.
limits as (

    select
        metric_id || '_target' as rule_id,
        'warn' as severity,
        metric_id,
        channel,
        queue_id,
        cast(warn as double) as threshold
    from fitting
    where warn is not null
    union all
    select
        metric_id || '_critical' as rule_id,
        'critical' as severity,
        metric_id,
        channel,
        queue_id,
        cast(critical as double) as threshold
    from fitting
    where critical is not null

),

bounded as (

    select
        closed.*,
        limits.rule_id,
        limits.severity,
        limits.threshold,
        {{ wilson_low('closed.hits', 'closed.n') }} as low,
        {{ wilson_high('closed.hits', 'closed.n') }} as high
    from closed
    inner join limits
        on
            closed.metric_id = limits.metric_id
            and closed.channel = limits.channel
            and coalesce(closed.queue_id, '') = coalesce(limits.queue_id, '')
    where closed.is_share = 1

),

against_target as (

    select
        rule_id,
        metric_id,
        severity,
        queue_id,
        channel,
        figure,
        n,
        low,
        high,
        threshold,
        local_date,
        {{ var('alert_persistence') }} as persistence,
        case
            when n < {{ min_n }} then null
            when worse = -1 then {{ flag('high < threshold') }}
            else {{ flag('low > threshold') }}
        end as is_beyond,
        case
            when n < {{ min_n }} then 0
            when worse = -1 then {{ flag('figure >= least(1, threshold * 1.1)') }}
            else {{ flag('figure <= threshold * 0.9') }}
        end as is_back,
        as_of_at,
        closed_day
    from bounded

),

rules as (

    select * from control_charts
    union all
    select * from against_target

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
        cast(local_date as timestamp) as period_at,
        cast(persistence as integer) as persistence,
        is_beyond,
        is_back,
        as_of_at
    from rules
    where local_date = closed_day

)

select * from final
