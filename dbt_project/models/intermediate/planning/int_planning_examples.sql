-- One row per worked example and figure of the planning formulas, so that they are tested before a
-- mart uses them. Ephemeral: nothing of it is built.
{{ config(materialized='ephemeral') }}

with

staffing as (

    select
        10.0 + 0.0 as load_erlangs,
        180.0 as handle_seconds,
        20.0 as target_seconds,
        candidates.n as agents
    from {{ numbers(14) }} as candidates
    where candidates.n in (10, 12, 13, 14)

),

staffed as (

    select * from {{ erlang_c('staffing', most_agents=14) }} as queueing

),

forecasts as (

    select
        100.0 as forecast,
        110.0 as actual
    union all
    select
        120.0 as forecast,
        100.0 as actual
    union all
    select
        80.0 as forecast,
        90.0 as actual
    union all
    select
        60.0 as forecast,
        60.0 as actual

),

forecast_errors as (

    select
        {{ forecast_wape('forecast', 'actual') }} as wape,
        {{ forecast_mape('forecast', 'actual') }} as mape,
        {{ forecast_bias('forecast', 'actual') }} as bias
    from forecasts

),

figures as (

    select
        agents || ' agents' as example,
        'wait_probability' as figure,
        wait_probability as amount
    from staffed
    union all
    select
        agents || ' agents' as example,
        'service_level' as figure,
        service_level as amount
    from staffed
    union all
    select
        agents || ' agents' as example,
        'average_speed_of_answer' as figure,
        average_speed_of_answer as amount
    from staffed
    union all
    select
        agents || ' agents' as example,
        'occupancy' as figure,
        occupancy as amount
    from staffed
    union all
    select
        'four intervals' as example,
        'wape' as figure,
        wape as amount
    from forecast_errors
    union all
    select
        'four intervals' as example,
        'mape' as figure,
        mape as amount
    from forecast_errors
    union all
    select
        'four intervals' as example,
        'bias' as figure,
        bias as amount
    from forecast_errors
    union all
    select
        '10 of 100 in 3 months' as example,
        'attrition' as figure,
        {{ annualised_attrition('10', '100', '3') }} as amount
    union all
    select
        'both grew by a quarter' as example,
        'complaint_growth' as figure,
        {{ complaint_growth('150', '12500', '120', '10000') }} as amount
    union all
    select
        'complaints alone grew' as example,
        'complaint_growth' as figure,
        {{ complaint_growth('150', '10000', '120', '10000') }} as amount

)

select
    example,
    figure,
    round(amount, 3) as amount
from figures
