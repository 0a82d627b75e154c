{#- Filter that keeps, in an incremental run, only rows that arrived after those in this table.
    Selecting by arrival (load id), never by event time, keeps late records.
    File drops land one dataset at a time, so each dataset has its own high-water mark.
    Args: per_dataset (bool) whether rows carry source_dataset. -#}
{% macro arrived_since_last_run(per_dataset=false) -%}
    {%- if is_incremental() and per_dataset %}
    where _dlt_load_id > coalesce(
        (select max(seen._dlt_load_id) from {{ this }} as seen where seen.source_dataset = landed.source_dataset),
        ''
    )
    {%- elif is_incremental() %}
    where _dlt_load_id > (select coalesce(max(seen._dlt_load_id), '') from {{ this }} as seen)
    {%- endif -%}
{%- endmacro %}


{#- CTE `newest_version`: one row per key, the newest by the source's own version column, then by
    load id; rows equal in both are told apart by a hash so that reruns give the same row.
    In an incremental run the stored rows of the same keys compete too: a late redelivery of an
    old version never replaces a newer one.
    Args: relation (str) CTE with the renamed columns; keys (list of str); version (str or none). -#}
{% macro newest_version(relation, keys, version=none) -%}
{%- if is_incremental() -%}
candidates as (

    select * from {{ relation }}
    {{ union_by_name() }}
    select stored.* from {{ this }} as stored
    where exists (
        select 1 from {{ relation }} as arriving
        where {% for key in keys %}arriving.{{ key }} = stored.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    )

),
{%- else -%}
candidates as (

    select * from {{ relation }}

),
{%- endif %}

newest_version as (

    {{ one_of_each(
        'candidates', keys, ([version ~ ' desc nulls last'] if version else []) + ['_dlt_load_id desc']
    ) }}

)
{%- endmacro %}


{#- CTE `newest_snapshot`: for tables that land whole. One row per key as of its last load; a key
    that the latest complete load no longer holds stays, with is_deleted = 1. A load that found the
    table unchanged lands no row of it, so the latest load is the latest one with rows.
    Args: relation (str) CTE with the renamed columns; keys (list of str); scope (list of str)
    columns within which a load is a whole snapshot (file drops: one file). -#}
{% macro newest_snapshot(relation, keys, scope=[]) -%}
latest_load as (

    select
        {% for column in scope %}{{ column }},{% endfor %}
        max(_dlt_load_id) as latest_load_id
    from {{ relation }}
    {% if scope %}group by {{ scope | join(', ') }}{% endif %}

),

newest_of_each_key as (

    {{ one_of_each(relation, keys, ['_dlt_load_id desc']) }}

),

newest_snapshot as (

    select
        newest_of_each_key.*,
        case
            when newest_of_each_key._dlt_load_id < latest_load.latest_load_id then 1
            else 0
        end as is_deleted
    from newest_of_each_key
    {% if scope -%}
    inner join latest_load
        on {% for column in scope %}newest_of_each_key.{{ column }} = latest_load.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    {%- else -%}
    cross join latest_load
    {%- endif %}
)
{%- endmacro %}
