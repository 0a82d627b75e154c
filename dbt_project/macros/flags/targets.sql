{#- CTEs that look targets up in dim_target: `effective_targets`, one row per queue_key, channel and
    day met in `rows`, with the threshold_seconds and the target in force there and then.
    Only the distinct scopes are looked up, so the cost does not grow with the rows. To use it:

        with rows as (…), {% raw %}{{ effective_targets('rows', 'service_level') }}{% endraw %}
        select … from rows
        left join effective_targets as targets
            on rows.channel = targets.channel and coalesce(rows.queue_id, '') = targets.queue_key
            and rows.local_date = targets.day_at

    Args: rows (str) CTE; metric_id (str); queue_id, channel, day (str) its columns; name (str) of
    the CTE, when a model looks up more than one metric. -#}
{% macro effective_targets(
    rows, metric_id, queue_id='queue_id', channel='channel', day='local_date', name='effective_targets'
) -%}
{{ name }} as (

    select
        scopes.queue_key,
        scopes.channel,
        scopes.day_at,
        {{ first_by('targets.threshold_seconds', 'targets.precedence') }} as threshold_seconds,
        {{ first_by('targets.target', 'targets.precedence') }} as target
    from (
        select distinct
            coalesce({{ queue_id }}, '') as queue_key,
            {{ channel }} as channel,
            {{ day }} as day_at
        from {{ rows }}
    ) as scopes
    inner join {{ ref('dim_target') }} as targets
        on
            targets.metric_id = '{{ metric_id }}'
            and {{ target_fits('targets', 'scopes') }}
    group by scopes.queue_key, scopes.channel, scopes.day_at

)
{%- endmacro %}


{#- Whether a target holds in a scope on a day, whatever its metric.
    Args: targets, scopes (str) aliases; scopes has queue_key, channel and day_at. -#}
{% macro target_fits(targets, scopes) -%}
    (
        ({{ targets }}.queue_id is null or {{ scopes }}.queue_key = {{ targets }}.queue_id)
        and ({{ targets }}.channel is null or {{ scopes }}.channel = {{ targets }}.channel)
        and {{ scopes }}.day_at >= {{ targets }}.valid_from
        and ({{ targets }}.valid_to is null or {{ scopes }}.day_at < {{ targets }}.valid_to)
    )
{%- endmacro %}
