{#- What the contacts before or after a contact say that may be about the same thing: an aggregate
    over those of the same reason, and over those whose reason nobody coded (vars fcr_match_level,
    fcr_reason_null_fallback). Never pairs contacts with each other, so a number that thousands call
    from costs no more than thousands of numbers. Needs the windows of `related_windows`.
    Args: aggregate ('max' or 'min'), value (SQL), side ('before' or 'after'). -#}
{% macro over_related(aggregate, value, side) -%}
    {%- set level = var('fcr_match_level') -%}
    {%- if level not in ['customer', 'customer_reason', 'issue'] -%}
        {{ exceptions.raise_compiler_error(
            "fcr_match_level is '" ~ level ~ "'; use one of customer, customer_reason, issue"
        ) }}
    {%- endif -%}
    {%- if level != 'customer_reason' -%}
        {{ aggregate }}({{ value }}) over same_{{ side }}
    {%- elif var('fcr_reason_null_fallback') == 'customer' -%}
        case
            when reason_id is null then {{ aggregate }}({{ value }}) over any_{{ side }}
            else {{ 'greatest' if aggregate == 'max' else 'least' }}(
                {{ aggregate }}({{ value }}) over same_{{ side }},
                {{ aggregate }}(case when reason_id is null then {{ value }} end) over any_{{ side }}
            )
        end
    {%- else -%}
        case when reason_id is not null then {{ aggregate }}({{ value }}) over same_{{ side }} end
    {%- endif -%}
{%- endmacro %}


{#- The windows that `over_related` reads. Contacts that start in the same second stand in the order
    of their ids. -#}
{% macro related_windows() -%}
    {%- set whose = 'customer_id' ~ ('' if var('fcr_cross_channel') else ', channel') -%}
    {%- set alike = {
        'customer': whose, 'customer_reason': whose ~ ', reason_id', 'issue': whose ~ ', issue_id'
    }.get(var('fcr_match_level')) -%}
    {%- set sides = {
        'before': 'rows between unbounded preceding and 1 preceding',
        'after': 'rows between 1 following and unbounded following',
    } -%}
    {%- for name, keys in {'any': whose, 'same': alike}.items() -%}
    {%- for side, frame in sides.items() %}
        {{ name }}_{{ side }} as (
            partition by {{ keys }} order by started_at, contact_id {{ frame }}
        ){{ ',' if not (name == 'same' and side == 'after') }}
    {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#- Flags of first contact resolution in one window: eligible once the window has closed; a success
    when nobody came back in it and the case was solved by its end and not taken up again.
    Args: window_ends_at, opens (SQL), suffix (str). -#}
{% macro fcr_verdict(window_ends_at, opens, suffix) -%}
    {%- set eligible = opens ~ ' and ended_at is not null and ' ~ window_ends_at ~ ' <= as_of_at' -%}
    {{ flag(eligible) }} as is_fcr_eligible{{ suffix }},
    {{ flag(
        eligible
        ~ ' and (followed_at is null or followed_at > ' ~ window_ends_at ~ ')'
        ~ ' and (has_case = 0 or (solved_at <= ' ~ window_ends_at
        ~ ' and (reopened_at is null or reopened_at > ' ~ window_ends_at ~ ')))'
    ) }} as is_fcr_success{{ suffix }},
{%- endmacro %}


{#- CTE `bounded`: contacts with window_ends_at, until when a return counts against them, on the clock
    that var fcr_window_clock names: calendar days, or days on which the contact's queue is open.
    Args: contacts (str) CTE with schedule_id and ended_or_as_of_at. -#}
{% macro fcr_windows(contacts) -%}
{%- set days = var('fcr_window_days') -%}
{%- if var('fcr_window_clock') == 'business' -%}
open_days as (

    -- The nth day on which a schedule is open; a closed day has the number of the last open one.
    select
        schedule_id,
        utc_date,
        max(open_seconds) as open_seconds,
        sum(case when max(open_seconds) > 0 then 1 else 0 end) over (
            partition by schedule_id order by utc_date rows between unbounded preceding and current row
        ) as open_day_no
    from {{ ref('int_business_intervals') }}
    group by schedule_id, utc_date

),

bounded as (

    select
        contacts.*,
        coalesce(
            {{ add_seconds(
                'contacts.ended_or_as_of_at',
                '86400 * cast(' ~ days_between('last_days.utc_date', 'next_days.utc_date') ~ ' as bigint)'
            ) }},
            {{ add_seconds('contacts.ended_or_as_of_at', days * 86400) }}
        ) as window_ends_at
    from {{ contacts }} as contacts
    left join open_days as last_days
        on
            contacts.schedule_id = last_days.schedule_id
            and cast(contacts.ended_or_as_of_at as date) = last_days.utc_date
    left join open_days as next_days
        on
            last_days.schedule_id = next_days.schedule_id
            and last_days.open_day_no + {{ days }} = next_days.open_day_no
            and next_days.open_seconds > 0

)
{%- else -%}
bounded as (

    select
        contacts.*,
        {{ add_seconds('contacts.ended_or_as_of_at', days * 86400) }} as window_ends_at
    from {{ contacts }} as contacts

)
{%- endif -%}
{%- endmacro %}
