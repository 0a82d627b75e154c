-- Every contact that was offered is in one quarter of an hour of its first queue.
{{ differing_sums(
    ref('fct_queue_interval'),
    ref('fct_contact'),
    {
        "offered": "is_offered",
        "answered": "is_answered",
        "within_sl": "is_answered_within_sl",
        "abandoned": "is_abandoned",
        "short_abandoned": "is_short_abandoned",
        "flow_out": "is_flow_out",
        "waiting": "is_offered * is_waiting",
        "service_level_due": "is_service_level_due",
        "service_level_met": "is_service_level_met",
    }
) }}
