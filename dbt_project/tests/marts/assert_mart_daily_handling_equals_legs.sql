-- No leg is lost or counted twice on the way into the daily mart.
with mart as (

    select
        coalesce(sum(queue_entries), 0) as queue_entries,
        coalesce(sum(connected_legs), 0) as connected_legs,
        coalesce(sum(handled_legs), 0) as handled_legs,
        coalesce(sum(talk_seconds), 0) as talk_seconds,
        coalesce(sum(handle_seconds), 0) as handle_seconds
    from {{ ref('kpi_daily_handling') }}

),

fact as (

    select
        count(*) as queue_entries,
        coalesce(sum(is_connected), 0) as connected_legs,
        coalesce(sum(is_handled), 0) as handled_legs,
        coalesce(sum(case when is_handled = 1 then talk_seconds end), 0) as talk_seconds,
        coalesce(sum(case when is_handled = 1 then handle_seconds end), 0) as handle_seconds
    from {{ ref('fct_contact_leg') }}

),

final as (

    select
        'queue_entries' as figure,
        mart.queue_entries as in_mart,
        fact.queue_entries as in_fact
    from mart
    cross join fact
    union all
    select
        'connected_legs' as figure,
        mart.connected_legs as in_mart,
        fact.connected_legs as in_fact
    from mart
    cross join fact
    union all
    select
        'handled_legs' as figure,
        mart.handled_legs as in_mart,
        fact.handled_legs as in_fact
    from mart
    cross join fact
    union all
    select
        'talk_seconds' as figure,
        mart.talk_seconds as in_mart,
        fact.talk_seconds as in_fact
    from mart
    cross join fact
    union all
    select
        'handle_seconds' as figure,
        mart.handle_seconds as in_mart,
        fact.handle_seconds as in_fact
    from mart
    cross join fact

)

select * from final
where in_mart <> in_fact
