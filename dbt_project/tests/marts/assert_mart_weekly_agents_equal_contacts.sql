-- Every handled contact with an agent is credited to one agent.
{{ differing_sums(
    ref('kpi_weekly_agents'),
    ref('fct_contact'),
    {
        "contacts": "1",
        "transferred": "is_transferred",
        "fcr_eligible": "is_fcr_eligible",
        "fcr_success": "is_fcr_success",
    },
    only="is_handled = 1 and last_agent_id is not null"
) }}
