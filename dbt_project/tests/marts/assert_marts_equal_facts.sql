-- A mart and the fact that it is made of add up to the same: nothing is lost or counted twice on the way.
{% set comparisons = [
    {
        'mart': 'kpi_daily_contacts', 'fact': 'fct_contact',
        'sums': {
            "contacts": "1",
            "offered": "is_offered",
            "answered": "is_answered",
            "answered_within_sl": "is_answered_within_sl",
            "abandoned": "is_abandoned",
            "short_abandoned": "is_short_abandoned",
            "abandoned_within_sl": "is_abandoned_within_sl",
            "flow_out": "is_flow_out",
            "handled": "is_handled",
            "connected": "case when wait_seconds is not null then is_connected end",
            "callback_requested": "is_callback_requested",
            "callback_fulfilled": "is_callback_fulfilled",
            "transferred": "is_transferred",
            "spam": "is_spam",
            "outside_hours": "is_outside_hours",
            "service_level_due": "is_service_level_due",
            "service_level_met": "is_service_level_met",
            "response_due": "is_response_due",
            "responded_within_target": "is_responded_within_target",
            "fcr_eligible": "is_fcr_eligible",
            "fcr_success": "is_fcr_success",
            "fcr_immature": "is_fcr_immature",
            "resolution_eligible": "is_resolution_eligible",
            "resolved_mature": "is_resolved_mature",
            "repeats": "is_repeat",
            "wait_gt_90": "wait_gt_90",
            "wait_gt_180": "wait_gt_180",
            "connected_wait_seconds": "case when is_connected = 1 then wait_seconds end",
            "handle_seconds": "case when is_handled = 1 then handle_seconds end",
        },
    },
    {
        'mart': 'kpi_daily_handling', 'fact': 'fct_contact_leg',
        'sums': {
            "queue_entries": "1",
            "connected_legs": "is_connected",
            "handled_legs": "is_handled",
            "talk_seconds": "case when is_handled = 1 then talk_seconds end",
            "handle_seconds": "case when is_handled = 1 then handle_seconds end",
        },
    },
    {
        'mart': 'kpi_daily_cases', 'fact': 'fct_case',
        'sums': {
            "cases_created": "1",
            "still_active": "is_active",
            "cases_resolved": "is_solved",
            "full_resolution_seconds": "case when is_solved = 1 then full_resolution_seconds end",
        },
    },
    {
        'mart': 'kpi_daily_surveys', 'fact': 'fct_survey_response',
        'only': "is_valid = 1 and is_current_answer = 1",
        'sums': {
            "responses": "1",
            "top2": "is_top2",
            "promoters": "is_promoter",
            "detractors": "is_detractor",
            "favourable": "is_favourable",
        },
    },
    {
        'mart': 'kpi_weekly_agents', 'fact': 'fct_contact',
        'only': "is_handled = 1 and last_agent_id is not null",
        'sums': {
            "contacts": "1",
            "transferred": "is_transferred",
            "fcr_eligible": "is_fcr_eligible",
            "fcr_success": "is_fcr_success",
        },
    },
    {
        'mart': 'kpi_weekly_agents', 'fact': 'fct_contact_leg',
        'only': "is_handled = 1 and agent_id is not null",
        'sums': {
            "handled_legs": "1",
            "handle_seconds": "handle_seconds",
            "talk_seconds": "talk_seconds",
        },
    },
    {
        'mart': 'kpi_monthly_reasons', 'fact': 'fct_contact',
        'only': "is_handled = 1",
        'sums': {
            "handled": "1",
            "handled_reason_coded": "is_reason_coded",
            "handle_seconds": "handle_seconds",
            "fcr_eligible": "is_fcr_eligible",
            "fcr_success": "is_fcr_success",
        },
    },
    {
        'mart': 'kpi_quarterly_nps', 'fact': 'fct_survey_response',
        'only': "metric = 'nps' and is_valid = 1 and is_current_answer = 1",
        'sums': {
            "responses": "1",
            "promoters": "is_promoter",
            "passives": "is_passive",
            "detractors": "is_detractor",
        },
    },
    {
        'mart': 'kpi_daily_channels', 'fact': 'fct_contact',
        'sums': {"contacts": "is_offered"},
    },
    {
        'mart': 'kpi_daily_channels', 'fact': 'fct_issue',
        'sums': {"first_issues": "is_identified"},
    },
    {
        'mart': 'kpi_daily_journeys', 'fact': 'fct_issue',
        'sums': {
            "issues": "1",
            "identified": "is_identified",
            "mature": "is_mature",
            "mature_contacts": "mature_contacts",
            "pivoted": "is_mature_pivoted",
            "pivoted_resolved": "is_mature_pivoted_resolved",
        },
    },
] %}

{% for each in comparisons %}
    select
        '{{ each.mart }}' as mart,
        compared.*
    from (
        {{ differing_sums(ref(each.mart), ref(each.fact), each.sums, each.only | default('1 = 1')) }}
    ) as compared
    {{ 'union all' if not loop.last }}
{% endfor %}
