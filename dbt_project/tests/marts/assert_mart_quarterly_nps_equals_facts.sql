-- Every current valid recommendation answer falls in one quarter.
{{ differing_sums(
    ref('kpi_quarterly_nps'),
    ref('fct_survey_response'),
    {
        "responses": "1",
        "promoters": "is_promoter",
        "passives": "is_passive",
        "detractors": "is_detractor",
    },
    only="metric = 'nps' and is_valid = 1 and is_current_answer = 1"
) }}
