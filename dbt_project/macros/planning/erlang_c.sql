{#
    What Erlang C says of a queue without abandonment: the chance that a contact has to wait, the
    share answered within the target, the mean wait and the agents' occupancy. The sums run over
    logarithms, since powers and factorials of a large centre leave the range of a double. With no
    more agents than load the queue only grows: everybody waits, and there is no mean wait.

    relation (sql): rows with agents (int), load_erlangs, handle_seconds and target_seconds; no two
        with the same four
    most_agents (int): the largest number of agents in it
#}
{% macro erlang_c(relation, most_agents=500) -%}
    (
        with
        log_factorials as (
            select
                n,
                coalesce(sum(case when n > 0 then ln(n) end) over (order by n), 0) as log_factorial
            from {{ numbers(most_agents) }} as counted
        ),

        weights as (
            select
                staffed.agents,
                staffed.load_erlangs,
                staffed.handle_seconds,
                staffed.target_seconds,
                sum(case
                    when terms.n < staffed.agents
                        then exp(terms.n * ln(staffed.load_erlangs) - terms.log_factorial - staffed.load_erlangs)
                end) as free_weight,
                max(case
                    when terms.n = staffed.agents
                        then exp(terms.n * ln(staffed.load_erlangs) - terms.log_factorial - staffed.load_erlangs)
                end) * staffed.agents / nullif(staffed.agents - staffed.load_erlangs, 0) as busy_weight
            from {{ relation }} as staffed
            inner join log_factorials as terms on terms.n <= staffed.agents
            group by staffed.agents, staffed.load_erlangs, staffed.handle_seconds, staffed.target_seconds
        ),

        waits as (
            select
                weights.*,
                case
                    when agents <= load_erlangs then cast(1 as double)
                    else busy_weight / (free_weight + busy_weight)
                end as wait_probability
            from weights
        )

        select
            agents,
            load_erlangs,
            handle_seconds,
            target_seconds,
            wait_probability,
            case
                when agents <= load_erlangs then cast(0 as double)
                else 1 - wait_probability * exp(-(agents - load_erlangs) * target_seconds / handle_seconds)
            end as service_level,
            case
                when agents > load_erlangs then wait_probability * handle_seconds / (agents - load_erlangs)
            end as average_speed_of_answer,
            least(load_erlangs / agents, 1) as occupancy
        from waits
    )
{%- endmacro %}
