-- Every complete leg with an agent is in one week of that agent.
{{ differing_sums(
    ref('kpi_weekly_agents'),
    ref('fct_contact_leg'),
    {
        "handled_legs": "1",
        "handle_seconds": "handle_seconds",
        "talk_seconds": "talk_seconds",
    },
    only="is_handled = 1 and agent_id is not null"
) }}
