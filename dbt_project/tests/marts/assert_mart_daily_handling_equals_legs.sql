-- No leg is lost or counted twice on the way into the daily mart.
{{ differing_sums(
    ref('kpi_daily_handling'),
    ref('fct_contact_leg'),
    {
        "queue_entries": "1",
        "connected_legs": "is_connected",
        "handled_legs": "is_handled",
        "talk_seconds": "case when is_handled = 1 then talk_seconds end",
        "handle_seconds": "case when is_handled = 1 then handle_seconds end",
    }
) }}
