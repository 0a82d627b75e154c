{#
    The body of a test that a mart and its fact add up to the same: one row when any sum differs.

    mart, fact (relation)
    sums (dict): SQL over the mart's columns -> SQL over the fact's
    only (sql): which rows of the fact the mart holds
#}
{% macro differing_sums(mart, fact, sums, only='1 = 1') -%}
with

mart as (

    select
        {%- for in_mart in sums %}
        coalesce(sum({{ in_mart }}), 0) as mart_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ mart }}

),

fact as (

    select
        {%- for in_fact in sums.values() %}
        coalesce(sum({{ in_fact }}), 0) as fact_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ fact }}
    where {{ only }}

),

compared as (

    {%- for in_mart in sums %}
    select
        '{{ in_mart | replace("'", "''") }}' as figure,
        mart.mart_{{ loop.index }} as in_mart,
        fact.fact_{{ loop.index }} as in_fact
    from mart
    cross join fact
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from compared
where in_mart <> in_fact
{%- endmacro %}
