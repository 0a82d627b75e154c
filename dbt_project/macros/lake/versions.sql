{#- CTE `landed_versions` of a file drop's list: every version of a key that the list has held.
    A row with `valid_from` says itself since when it holds: the newest landing of that key and time
    counts, and it is gone once its file lists the key without it. A row without holds from its
    arrival, if it says something else than the load before; the first one has no beginning (null).
    A key that the latest complete load no longer holds stays, with is_deleted = 1.
    Args: relation (str) CTE with the renamed columns and `valid_from`; keys (list of str);
    attributes (list of str) whose change makes a version. -#}
{% macro landed_versions(relation, keys, attributes) -%}
{%- set key = keys | join(', ') -%}
listed as (

    select
        *,
        {{ values_hash(attributes) }} as said,
        max(_dlt_load_id) over (partition by source_dataset, source_file) as file_load_id,
        max(_dlt_load_id) over (partition by {{ key }}, source_file) as key_load_id
    from {{ relation }}

),

once_a_load as (

    {{ one_of_each('listed', keys + ['valid_from', '_dlt_load_id']) }}

),

compared as (

    select
        *,
        lag(said) over (partition by {{ key }}, valid_from order by _dlt_load_id) as said_before,
        max(_dlt_load_id) over (partition by {{ key }}, valid_from) as version_load_id,
        max(_dlt_load_id) over (partition by {{ key }}) as last_listed_id,
        max(file_load_id) over (partition by {{ key }}) as last_list_id
    from once_a_load

),

landed_versions as (

    select
        {{ (keys + attributes) | join(',\n        ') }},
        source_file,
        file_hash,
        source_row,
        _dlt_load_id,
        case
            when valid_from is null and said_before is not null then {{ load_time('_dlt_load_id') }}
            else valid_from
        end as valid_from,
        case when last_listed_id < last_list_id then 1 else 0 end as is_deleted
    from compared
    where
        case
            when valid_from is null then said_before is null or said_before <> said
            else _dlt_load_id = version_load_id and version_load_id = key_load_id
        end

)
{%- endmacro %}


{#- CTE `held_versions`: versions with the stretch [valid_from, valid_to) in which each holds. The
    first holds since ever, the last until further notice, so that every instant finds exactly one;
    `is_current` marks the one that holds at as-of. `<name>_sk` is its key.
    Args: relation (str) CTE with `<name>_id`, valid_from (null is since ever) and whatever tells
    rows apart in `ties` (list of str); name (str). -#}
{% macro held_versions(relation, name, ties) -%}
{%- set key = name ~ '_id' -%}
spaced as (

    select
        *,
        row_number() over (
            partition by {{ key }} order by valid_from nulls first, {{ ties | join(', ') }}
        ) as version_no,
        lead(valid_from) over (
            partition by {{ key }} order by valid_from nulls first, {{ ties | join(', ') }}
        ) as held_to
    from {{ relation }}

),

begun as (

    -- Of versions that begin at one instant the last holds; the others would for no time.
    select
        *,
        case when version_no = 1 then timestamp '1970-01-01 00:00:00' else valid_from end as held_from
    from spaced
    where held_to is null or valid_from is null or valid_from < held_to

),

held_versions as (

    select
        *,
        {{ text_hash(key ~ " || '@' || cast(held_from as string)") }} as {{ name }}_sk,
        {{ flag(
            'held_from <= ' ~ as_of() ~ ' and (held_to is null or ' ~ as_of() ~ ' < held_to)'
        ) }} as is_current
    from begun

)
{%- endmacro %}


{#- Whether a version of a dimension holds at an instant. Args: version (str) alias; at (SQL). -#}
{% macro holds_at(version, at) -%}
    {#- No `or`: with it DuckDB compares every row with every version. #}
    {{ at }} >= {{ version }}.valid_from
    and {{ at }} < coalesce({{ version }}.valid_to, timestamp '9999-12-31 00:00:00')
{%- endmacro %}
