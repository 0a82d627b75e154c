-- Grain: local date of the agent's connect (queue entry where a leg never connected) x channel x
-- queue of the leg. A transfer adds a leg, so legs exceed contacts; handling time counts complete
-- legs only, in numerator and denominator alike.
{{ config(materialized='tail', meta={'tail': 'in_tail_days', 'tail_arguments': ['local_date']}) }}

with legs as (

    select * from {{ ref('fct_contact_leg') }}
    where {{ in_tail_days('local_date') }}

),

final as (

    select
        local_date,
        channel,
        queue_id,
        count(*) as queue_entries,
        {{ sum_count('is_connected') }} as connected_legs,
        {{ sum_count('is_handled') }} as handled_legs,
        {{ sum_count('is_connected - is_handled') }} as unfinished_legs,
        {{ sum_count(flag("left_reason = 'transferred_internal'")) }} as transferred_legs,
        {{ sum_count("case when transfer_type = 'warm' then 1 else 0 end") }} as warm_transfers,
        {{ sum_count("case when transfer_type = 'blind' then 1 else 0 end") }} as blind_transfers,
        {{ sum_count('case when is_handled = 1 then talk_seconds end') }} as talk_seconds,
        {{ sum_count('case when is_handled = 1 then hold_seconds end') }} as hold_seconds,
        {{ sum_count('case when is_handled = 1 then acw_seconds end') }} as acw_seconds,
        {{ sum_count('case when is_handled = 1 then handle_seconds end') }} as handle_seconds,
        {{ sum_squares('case when is_handled = 1 then handle_seconds end') }} as handle_seconds_sq
    from legs
    group by local_date, channel, queue_id

)

select * from final
