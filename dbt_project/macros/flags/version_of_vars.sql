{#- A short name of the parameters that rows were counted by: another value of any of them gives another
    name. What only says where a run stands, or which sources it reads, is left out. -#}
{% macro version_of_vars() -%}
    {%- set names = [
        'default_timezone', 'week_start', 'fiscal_year_start_month', 'interval_minutes',
        'sl_threshold_seconds', 'sl_target', 'sl_clock_async', 'sl_abandon_treatment',
        'sl_include_flowouts', 'short_abandon_seconds', 'wait_breakpoints_seconds',
        'wait_max_seconds', 'handle_max_seconds', 'acw_max_seconds',
        'bot_user_tag', 'bot_case_tag', 'bot_resolved_tag', 'test_tag', 'complaint_level_tag',
        'same_contact_seconds',
        'fcr_window_days', 'fcr_window_clock', 'fcr_match_level', 'fcr_reason_null_fallback',
        'fcr_cross_channel', 'fcr_repeat_includes_abandoned', 'fcr_base',
        'resolution_maturity_days', 'reopen_window_days', 'resolution_target_seconds',
        'one_touch_min_replies', 'pivot_no_reply_hours', 'pivot_follow_window_days', 'csat_method',
        'ces_method', 'nps_promoter_min', 'nps_detractor_max', 'survey_answer_window_days',
        'resurvey_quarantine_days', 'closed_loop_sla_hours', 'closed_loop_trigger',
        'conversion_window_days', 'benchmark_own', 'benchmark_industry',
        'competitor_tags', 'ci_z', 'min_n_display', 'min_n_agent', 'alert_min_n',
        'alert_persistence', 'alert_abandonment', 'alert_baseline_weeks', 'alert_baseline_min_days',
    ] -%}
    {%- set values = [] -%}
    {%- for name in names -%}
        {%- do values.append(name ~ '=' ~ (var(name) | string)) -%}
    {%- endfor -%}
    {{- text_hash("'" ~ (values | join(';') | replace("'", '')) ~ "'") -}}
{%- endmacro %}
