-- Every handled contact with an agent is credited to one agent.
with mart as (

    select
        coalesce(sum(contacts), 0) as contacts,
        coalesce(sum(transferred), 0) as transferred,
        coalesce(sum(fcr_eligible), 0) as fcr_eligible,
        coalesce(sum(fcr_success), 0) as fcr_success
    from {{ ref('kpi_weekly_agents') }}

),

fact as (

    select
        count(*) as contacts,
        coalesce(sum(is_transferred), 0) as transferred,
        coalesce(sum(is_fcr_eligible), 0) as fcr_eligible,
        coalesce(sum(is_fcr_success), 0) as fcr_success
    from {{ ref('fct_contact') }}
    where is_handled = 1 and last_agent_id is not null

),

final as (

    select
        'contacts' as figure,
        mart.contacts as in_mart,
        fact.contacts as in_fact
    from mart cross join fact
    union all
    select
        'transferred' as figure,
        mart.transferred as in_mart,
        fact.transferred as in_fact
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
