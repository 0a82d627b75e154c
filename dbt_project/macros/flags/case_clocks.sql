{#- The clocks that a helpdesk sets targets on, under the names that Zendesk gives them.
    Each runs until a public reply of an agent or the next solve (reply), or until the last solve
    (solve), and counts the time spent in some statuses (none named: all of it). -#}
{% macro case_clocks() -%}
    {{ return({
        'first_reply_time': {'until': 'reply', 'counts': []},
        'next_reply_time': {'until': 'reply', 'counts': []},
        'periodic_update_time': {'until': 'reply', 'counts': []},
        'pausable_update_time': {'until': 'reply', 'counts': ['new', 'open', 'hold']},
        'agent_work_time': {'until': 'solve', 'counts': ['new', 'open']},
        'requester_wait_time': {'until': 'solve', 'counts': ['new', 'open', 'hold']},
        'total_resolution_time': {'until': 'solve', 'counts': []},
        'full_resolution_time': {'until': 'solve', 'counts': []},
    }) }}
{%- endmacro %}


{#- Whether a clock pauses in some statuses. Args: clock (SQL). -#}
{% macro clock_pauses(clock) -%}
    {%- set names = [] -%}
    {%- for name, rule in case_clocks().items() if rule.counts -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ clock }} in ('{{ names | join("', '") }}')
{%- endmacro %}


{#- Whether a clock counts a status. Args: clock, status (SQL). -#}
{% macro clock_counts(clock, status) -%}
    case {{ clock }}
        {%- for name, rule in case_clocks().items() if rule.counts %}
        when '{{ name }}' then {{ status }} in ('{{ rule.counts | join("', '") }}')
        {%- endfor %}
        else true
    end
{%- endmacro %}


{#- Whether a clock stops at a reply; the others run to the last solve. Args: clock (SQL). -#}
{% macro clock_stops_at_reply(clock) -%}
    {%- set names = [] -%}
    {%- for name, rule in case_clocks().items() if rule.until == 'reply' -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {{ clock }} in ('{{ names | join("', '") }}')
{%- endmacro %}
