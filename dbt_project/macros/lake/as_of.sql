{#- The instant up to which every source is known; one value in every model, instead of now(). -#}
{% macro as_of() -%}
    (select known.as_of_at from {{ ref('int_as_of') }} as known)
{%- endmacro %}


{#- Landed resources whose watermarks say how far contacts and answers are known. Reference tables
    do not count: a list of queues that was read earlier does not make a call less known. -#}
{% macro as_of_resources() -%}
    {%- if target.name == 'live' -%}
        {{ return({'zendesk': ['tickets', 'ticket_events'], 'twilio': ['events']}) }}
    {%- else -%}
        {{ return({
            'zendesk': ['tickets', 'ticket_events', 'satisfaction_ratings'],
            'twilio': ['calls', 'events'],
            'hubspot': ['contacts'],
            'typeform': ['answers', 'responses'],
            'files': ['calls', 'cases', 'case_events', 'messages', 'survey_responses'],
        }) }}
    {%- endif -%}
{%- endmacro %}
