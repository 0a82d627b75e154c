{#- The instant up to which every source is known; one value in every model, instead of now(). -#}
{% macro as_of() -%}
    {%- set known = ref('int_as_of') -%}
    {{ as_of_literal() or '(select known.as_of_at from ' ~ known ~ ' as known)' }}
{%- endmacro %}


{#- Landed resources whose watermarks say how far contacts and answers are known. Reference tables
    do not count: a list of queues that was read earlier does not make a call less known. -#}
{% macro as_of_resources() -%}
    {{ return({
        'zendesk': ['tickets', 'ticket_events', 'satisfaction_ratings'],
        'twilio': ['calls', 'events'],
        'hubspot': ['contacts'],
        'typeform': ['answers', 'responses'],
        'files': ['calls', 'cases', 'case_events', 'messages', 'survey_responses'],
    }) }}
{%- endmacro %}


{#- Whether a watermark counts for as-of. Args: source_system, resource (SQL). -#}
{% macro is_as_of_resource(source_system, resource) -%}
    (
        {%- for name, resources in as_of_resources().items() %}
        {{ 'or ' if not loop.first }}(
            {{ source_system }} = '{{ name }}' and {{ resource }} in ('{{ resources | join("', '") }}')
        )
        {%- endfor %}
        {%- for name in more_systems() if target.name != 'live' %}
        or (
            {{ source_system }} = '{{ name }}'
            and {{ resource }} in ('{{ var("more_systems")[name] | join("', '") }}')
        )
        {%- endfor %}
    )
{%- endmacro %}


{#- The as-of that a run was told to take (var as_of, or the variable KONTAKTI_AS_OF of the
    environment, which changes without dbt parsing everything anew), or null. -#}
{% macro told_as_of() -%}
    {%- set told = var('as_of') or env_var('KONTAKTI_AS_OF', '') -%}
    {%- if told -%} cast('{{ told }}' as timestamp) {%- else -%} cast(null as timestamp) {%- endif -%}
{%- endmacro %}
