-- Uncoded contacts included, the months hold every handled contact.
{{ differing_sums(
    ref('kpi_monthly_reasons'),
    ref('fct_contact'),
    {
        "handled": "1",
        "handled_reason_coded": "is_reason_coded",
        "handle_seconds": "handle_seconds",
        "fcr_eligible": "is_fcr_eligible",
        "fcr_success": "is_fcr_success",
    },
    only="is_handled = 1"
) }}
