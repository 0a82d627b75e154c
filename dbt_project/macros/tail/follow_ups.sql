{#- Condition, true in a whole build: negative answers in the tail. All of them where follow-ups were made: a
    task may be of any answer of its customer, and a new answer may take it from an old one. -#}
{% macro in_follow_ups_of_tail() -%}
    {%- if are_follow_ups_made() -%} true {%- else -%} {{ in_tail('answered_at') }} {%- endif -%}
{%- endmacro %}


{#- Condition, true where all of them are: everything that who answers in the tail has ever answered, by which
    the follow-ups of a customer are told apart. -#}
{% macro of_follow_ups_of_tail() -%}
    {%- if not tail() or are_follow_ups_made() -%}
        {{ return('true') }}
    {%- endif -%}
    response_id in (
        select asked.response_id
        from {{ ref('fct_survey_response') }} as asked
        where {{ in_tail('asked.answered_at') }} or asked.customer_id in (
            select given.customer_id
            from {{ ref('fct_survey_response') }} as given
            where {{ in_tail('given.answered_at') }}
        )
    )
{%- endmacro %}


{% macro are_follow_ups_made() -%}
    {%- if not tail() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set tasks = built_before('staging', 'stg_files__closed_loop_tasks') -%}
    {{ return(run_query('select count(*) from ' ~ tasks).rows[0][0] > 0) }}
{%- endmacro %}
