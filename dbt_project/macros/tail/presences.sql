{#- And how long agents were at contacts before the tail, which are not written again, that reach into it, or
    into what a leg in it says of a time before; nothing in a whole build. In the columns of int_legs'
    `presences`, of which `legs` are the rows in the tail. -#}
{% macro presences_into_tail() -%}
    {%- set bounds = tail() -%}
    {%- if bounds %}
    union all
    select
        agent_id,
        connected_at as from_at,
        left_at,
        least(wrapped_at, {{ add_seconds('connected_at', longest_handling('channel')) }}) as to_at
    from {{ this }}
    where
        is_live = 1 and agent_id is not null and wrapped_at > connected_at
        and contact_started_at < {{ bounds.since }}
        and wrapped_at >= (select least({{ bounds.since }}, min(legs.connected_at)) from legs)
    {%- endif -%}
{%- endmacro %}
