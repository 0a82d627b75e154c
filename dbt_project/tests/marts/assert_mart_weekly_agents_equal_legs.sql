-- Every complete leg with an agent is in one week of that agent.
with mart as (

    select
        coalesce(sum(handled_legs), 0) as handled_legs,
        coalesce(sum(handle_seconds), 0) as handle_seconds,
        coalesce(sum(talk_seconds), 0) as talk_seconds
    from {{ ref('kpi_weekly_agents') }}

),

fact as (

    select
        count(*) as handled_legs,
        coalesce(sum(handle_seconds), 0) as handle_seconds,
        coalesce(sum(talk_seconds), 0) as talk_seconds
    from {{ ref('fct_contact_leg') }}
    where is_handled = 1 and agent_id is not null

),

final as (

    select
        'handled_legs' as figure,
        mart.handled_legs as in_mart,
        fact.handled_legs as in_fact
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
        'talk_seconds' as figure,
        mart.talk_seconds as in_mart,
        fact.talk_seconds as in_fact
    from mart
    cross join fact

)

select * from final
where in_mart <> in_fact
