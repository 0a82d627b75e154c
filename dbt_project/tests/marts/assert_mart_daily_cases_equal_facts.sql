-- Every case was created once and, while it is solved, resolved once.
{{ differing_sums(
    ref('kpi_daily_cases'),
    ref('fct_case'),
    {
        "cases_created": "1",
        "still_active": "is_active",
        "cases_resolved": "is_solved",
        "full_resolution_seconds": "case when is_solved = 1 then full_resolution_seconds end",
    }
) }}
