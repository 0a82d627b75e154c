{#- Condition, true in a build that is told of no tail: calls that came since the facts were built, by which a
    test need not look at all that ever came. (int_tail itself stands behind the tests of calls.) -#}
{% macro of_calls_that_came() -%}
    {%- set before = built_before('intermediate', 'int_contacts__files') -%}
    {%- if not before or not env_var('KONTAKTI_TAIL', '') or flags.FULL_REFRESH -%}
        {{ return('true') }}
    {%- endif -%}
    source_dataset || ':' || native_call_id in (
        select calls.source_dataset || ':' || calls.native_call_id
        from {{ ref('stg_files__calls') }} as calls
        left join (
            select source_system, max(load_id) as load_id from {{ before }} group by source_system
        ) as built
            on calls.source_dataset = built.source_system
        where calls._dlt_load_id > coalesce(built.load_id, '')
    )
{%- endmacro %}
