{#- CTE `conversions`: of each customer and local day the first handled inbound contact, whether its
    conversion window (var conversion_window_days) is over, and whether the customer bought in it.
    A purchase belongs to the last such contact before it. The live process reads no orders: nothing
    of the day is mature. -#}
{% macro conversions() -%}
{%- if target.name == 'live' -%}
conversions as (

    select
        cast(null as string) as contact_id,
        0 as is_conversion_mature,
        0 as is_converted
    where false

)
{%- else -%}
{%- set window_ends_at = add_seconds('ended_at', var('conversion_window_days') * 86400) -%}
orders as (

    select
        coalesce(kept.customer_id, 'hubspot:' || deals.hubspot_contact_id) as customer_id,
        deals.closed_at as ordered_at
    from {{ ref('stg_hubspot__deals') }} as deals
    left join {{ ref('int_identity_keys') }} as kept
        on 'hubspot:' || deals.hubspot_contact_id = kept.person_key
    where
        coalesce(deals.is_archived, 0) = 0
        and deals.deal_stage = 'closedwon'
        and deals.closed_at <= {{ as_of() }}
    union all
    select
        coalesce(identity_keys.customer_id, 'person:' || orders.customer_key) as customer_id,
        orders.ordered_at
    from {{ ref('stg_files__orders') }} as orders
    left join {{ ref('int_identity_keys') }} as identity_keys
        on orders.customer_key = identity_keys.person_key
    where orders.ordered_at <= {{ as_of() }}

),

first_of_days as (

    select
        contact_id,
        customer_id,
        ended_at,
        as_of_at
    from {{ ref('int_contacts_flagged') }}
    -- The first of a day may have begun before the tail, and the next one to end long before.
    where
        {{ in_context('started_at') }}
        and customer_id is not null and direction = 'inbound' and is_handled = 1 and ended_at is not null
    qualify row_number() over (partition by customer_id, local_date order by started_at, contact_id) = 1

),

buyers_days as (

    -- Few customers buy: only their days are put in order.
    select
        *,
        {{ window_ends_at }} as window_ends_at,
        lead(ended_at) over (partition by customer_id order by ended_at, contact_id) as next_ended_at
    from first_of_days
    where customer_id in (select orders.customer_id from orders)

),

converted as (

    select distinct buyers_days.contact_id
    from buyers_days
    inner join orders on buyers_days.customer_id = orders.customer_id
    where
        orders.ordered_at > buyers_days.ended_at
        and orders.ordered_at <= buyers_days.window_ends_at
        and orders.ordered_at <= coalesce(buyers_days.next_ended_at, orders.ordered_at)

),

conversions as (

    select
        first_of_days.contact_id,
        {{ flag(window_ends_at ~ ' <= first_of_days.as_of_at') }} as is_conversion_mature,
        {{ flag('converted.contact_id is not null') }} as is_converted
    from first_of_days
    left join converted on first_of_days.contact_id = converted.contact_id

)
{%- endif -%}
{%- endmacro %}
