-- Everybody who waits and every open case is somewhere on the floor, once.
with mart as (

    select
        coalesce(sum(contacts_waiting + open_unanswered), 0) as waiting,
        coalesce(sum(active_cases), 0) as active_cases
    from {{ ref('kpi_realtime_queues') }}

),

contacts as (

    select coalesce(sum(is_waiting), 0) as waiting from {{ ref('fct_contact') }}

),

cases as (

    select coalesce(sum(is_active), 0) as active_cases from {{ ref('fct_case') }}

),

final as (

    select
        'waiting' as figure,
        mart.waiting as in_mart,
        contacts.waiting as in_fact
    from mart cross join contacts
    union all
    select
        'active_cases' as figure,
        mart.active_cases as in_mart,
        cases.active_cases as in_fact
    from mart cross join cases

)

select * from final
where in_mart <> in_fact
