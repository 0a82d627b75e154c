-- Uncoded contacts included, the months hold every handled contact.
with mart as (

    select
        coalesce(sum(handled), 0) as handled,
        coalesce(sum(handled_reason_coded), 0) as handled_reason_coded,
        coalesce(sum(handle_seconds), 0) as handle_seconds,
        coalesce(sum(fcr_eligible), 0) as fcr_eligible,
        coalesce(sum(fcr_success), 0) as fcr_success
    from {{ ref('kpi_monthly_reasons') }}

),

fact as (

    select
        count(*) as handled,
        coalesce(sum(is_reason_coded), 0) as handled_reason_coded,
        coalesce(sum(handle_seconds), 0) as handle_seconds,
        coalesce(sum(is_fcr_eligible), 0) as fcr_eligible,
        coalesce(sum(is_fcr_success), 0) as fcr_success
    from {{ ref('fct_contact') }}
    where is_handled = 1

),

final as (

    select
        'handled' as figure,
        mart.handled as in_mart,
        fact.handled as in_fact
    from mart cross join fact
    union all
    select
        'handled_reason_coded' as figure,
        mart.handled_reason_coded as in_mart,
        fact.handled_reason_coded as in_fact
    from mart
    cross join fact
    union all
    select
        'handle_seconds' as figure,
        mart.handle_seconds as in_mart,
        fact.handle_seconds as in_fact
    from mart
    cross join fact
    union all
    select
        'fcr_eligible' as figure,
        mart.fcr_eligible as in_mart,
        fact.fcr_eligible as in_fact
    from mart
    cross join fact
    union all
    select
        'fcr_success' as figure,
        mart.fcr_success as in_mart,
        fact.fcr_success as in_fact
    from mart
    cross join fact

)

select * from final
where in_mart <> in_fact
