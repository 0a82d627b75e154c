{#- Weighted absolute percentage error of a forecast: what it was off by, over what came. It needs two
    sums, so unlike the mean of single errors it does not hang on quiet intervals.
    Args: forecast, actual (SQL, columns of an aggregate). -#}
{% macro forecast_wape(forecast, actual) -%}
    {{ ratio('sum(abs(' ~ forecast ~ ' - ' ~ actual ~ '))', 'sum(' ~ actual ~ ')') }}
{%- endmacro %}


{#- Mean absolute percentage error, beside it for comparison with others only. -#}
{% macro forecast_mape(forecast, actual) -%}
    avg({{ ratio('abs(' ~ forecast ~ ' - ' ~ actual ~ ')', actual) }})
{%- endmacro %}


{#- Whether a forecast runs high (above 0) or low, over what came. -#}
{% macro forecast_bias(forecast, actual) -%}
    {{ ratio('sum(' ~ forecast ~ ' - ' ~ actual ~ ')', 'sum(' ~ actual ~ ')') }}
{%- endmacro %}


{#- Leavers a year, over the mean number employed. Args: leavers, headcount, months (SQL). -#}
{% macro annualised_attrition(leavers, headcount, months) -%}
    ({{ ratio(leavers, headcount) }} * 12 / nullif({{ months }}, 0))
{%- endmacro %}


{#- How complaints grew against the customer base: 1 when both grew alike.
    Args: complaints, customers, complaints_before, customers_before (SQL). -#}
{% macro complaint_growth(complaints, customers, complaints_before, customers_before) -%}
    ({{ ratio(complaints, customers) }} / nullif({{ ratio(complaints_before, customers_before) }}, 0))
{%- endmacro %}
