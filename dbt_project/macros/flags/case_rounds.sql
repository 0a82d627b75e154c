{#- CTE `case_rounds`, of cases that were ever reopened: one row per round of work, from the beginning or a
    reopening to the next reopening, with its first solve. A contact is judged by the round that it ended
    in (macro `in_round`): what had become of its case before does not undo what was done since. -#}
{% macro case_rounds() -%}
numbered_rounds as (

    select
        case_id,
        from_at,
        is_solved_state,
        sum(is_reopening) over (
            partition by case_id order by span_no rows between unbounded preceding and current row
        ) as round_no
    from {{ ref('int_case_status_spans') }}
    where case_id in (
        select reopened.case_id from {{ ref('int_case_status_spans') }} as reopened
        where reopened.is_reopening = 1
    )

),

case_rounds as (

    select
        case_id,
        round_no,
        case when round_no > 0 then min(from_at) end as from_at,
        min(case when is_solved_state = 1 then from_at end) as solved_at,
        lead(min(from_at)) over (partition by case_id order by round_no) as reopened_at
    from numbered_rounds
    group by case_id, round_no

)
{%- endmacro %}


{#- Join condition: the round of `case_rounds` in which a contact ended. An `or` in it would make the join
    compare all pairs. Args: contacts (str) alias with case_id and ended_at. -#}
{% macro in_round(contacts) -%}
    {{ contacts }}.case_id = case_rounds.case_id
    and {{ contacts }}.ended_at > coalesce(case_rounds.from_at, timestamp '1900-01-01 00:00:00')
    and {{ contacts }}.ended_at <= coalesce(case_rounds.reopened_at, timestamp '9999-12-31 00:00:00')
{%- endmacro %}
