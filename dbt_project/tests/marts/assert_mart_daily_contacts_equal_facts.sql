-- No contact is lost or counted twice on the way into the daily mart.
with mart as (

    select
        coalesce(sum(contacts), 0) as contacts,
        coalesce(sum(offered), 0) as offered,
        coalesce(sum(answered), 0) as answered,
        coalesce(sum(abandoned), 0) as abandoned,
        coalesce(sum(flow_out), 0) as flow_out,
        coalesce(sum(handled), 0) as handled,
        coalesce(sum(connected), 0) as connected,
        coalesce(sum(service_level_due), 0) as service_level_due,
        coalesce(sum(service_level_met), 0) as service_level_met,
        coalesce(sum(connected_wait_seconds), 0) as connected_wait_seconds,
        coalesce(sum(fcr_eligible), 0) as fcr_eligible,
        coalesce(sum(fcr_success), 0) as fcr_success,
        coalesce(sum(fcr_immature), 0) as fcr_immature,
        coalesce(sum(repeats), 0) as repeats
    from {{ ref('kpi_daily_contacts') }}

),

fact as (

    select
        count(*) as contacts,
        coalesce(sum(is_offered), 0) as offered,
        coalesce(sum(is_answered), 0) as answered,
        coalesce(sum(is_abandoned), 0) as abandoned,
        coalesce(sum(is_flow_out), 0) as flow_out,
        coalesce(sum(is_handled), 0) as handled,
        coalesce(sum(is_connected), 0) as connected,
        coalesce(sum(is_service_level_due), 0) as service_level_due,
        coalesce(sum(is_service_level_met), 0) as service_level_met,
        coalesce(sum(case when is_connected = 1 then wait_seconds end), 0) as connected_wait_seconds,
        coalesce(sum(is_fcr_eligible), 0) as fcr_eligible,
        coalesce(sum(is_fcr_success), 0) as fcr_success,
        coalesce(sum(is_fcr_immature), 0) as fcr_immature,
        coalesce(sum(is_repeat), 0) as repeats
    from {{ ref('fct_contact') }}

),

final as (

    select
        'contacts' as figure,
        mart.contacts as in_mart,
        fact.contacts as in_fact
    from mart cross join fact
    union all
    select
        'offered' as figure,
        mart.offered as in_mart,
        fact.offered as in_fact
    from mart cross join fact
    union all
    select
        'answered' as figure,
        mart.answered as in_mart,
        fact.answered as in_fact
    from mart cross join fact
    union all
    select
        'abandoned' as figure,
        mart.abandoned as in_mart,
        fact.abandoned as in_fact
    from mart
    cross join fact
    union all
    select
        'flow_out' as figure,
        mart.flow_out as in_mart,
        fact.flow_out as in_fact
    from mart cross join fact
    union all
    select
        'handled' as figure,
        mart.handled as in_mart,
        fact.handled as in_fact
    from mart cross join fact
    union all
    select
        'connected' as figure,
        mart.connected as in_mart,
        fact.connected as in_fact
    from mart
    cross join fact
    union all
    select
        'service_level_due' as figure,
        mart.service_level_due as in_mart,
        fact.service_level_due as in_fact
    from mart
    cross join fact
    union all
    select
        'service_level_met' as figure,
        mart.service_level_met as in_mart,
        fact.service_level_met as in_fact
    from mart
    cross join fact
    union all
    select
        'connected_wait_seconds' as figure,
        mart.connected_wait_seconds as in_mart,
        fact.connected_wait_seconds as in_fact
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
    union all
    select
        'fcr_immature' as figure,
        mart.fcr_immature as in_mart,
        fact.fcr_immature as in_fact
    from mart
    cross join fact
    union all
    select
        'repeats' as figure,
        mart.repeats as in_mart,
        fact.repeats as in_fact
    from mart cross join fact

)

select * from final
where in_mart <> in_fact
