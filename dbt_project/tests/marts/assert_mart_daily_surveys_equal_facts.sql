-- Every current valid answer is counted once.
{{ differing_sums(
    ref('kpi_daily_surveys'),
    ref('fct_survey_response'),
    {
        "responses": "1",
        "top2": "is_top2",
        "promoters": "is_promoter",
        "detractors": "is_detractor",
        "favourable": "is_favourable",
    },
    only="is_valid = 1 and is_current_answer = 1"
) }}
