-- Every case was created once and, while it is solved, resolved once.
with mart as (

    select
        coalesce(sum(cases_created), 0) as cases_created,
        coalesce(sum(still_active), 0) as still_active,
        coalesce(sum(cases_resolved), 0) as cases_resolved,
        coalesce(sum(full_resolution_seconds), 0) as full_resolution_seconds
    from {{ ref('kpi_daily_cases') }}

),

fact as (

    select
        count(*) as cases_created,
        coalesce(sum(is_active), 0) as still_active,
        coalesce(sum(is_solved), 0) as cases_resolved,
        coalesce(sum(case when is_solved = 1 then full_resolution_seconds end), 0) as full_resolution_seconds
    from {{ ref('fct_case') }}

),

final as (

    select
        'cases_created' as figure,
        mart.cases_created as in_mart,
        fact.cases_created as in_fact
    from mart
    cross join fact
    union all
    select
        'still_active' as figure,
        mart.still_active as in_mart,
        fact.still_active as in_fact
    from mart
    cross join fact
    union all
    select
        'cases_resolved' as figure,
        mart.cases_resolved as in_mart,
        fact.cases_resolved as in_fact
    from mart
    cross join fact
    union all
    select
        'full_resolution_seconds' as figure,
        mart.full_resolution_seconds as in_mart,
        fact.full_resolution_seconds as in_fact
    from mart
    cross join fact

)

select * from final
where in_mart <> in_fact
