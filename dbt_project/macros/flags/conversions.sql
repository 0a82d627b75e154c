{#- CTEs about purchases. A conversion is counted by the first handled inbound contact of a customer's local
    day: `later_of_days` are the others of it. `converted` are the first ones in whose conversion window (var
    conversion_window_days) the customer bought; a purchase belongs to the last such contact before it. The
    live process reads no orders: there nobody has bought. -#}
{% macro conversions() -%}
{%- if target.name == 'live' -%}
later_of_days as (

    select cast(null as string) as contact_id
    where false

),

converted as (

    select * from later_of_days

)
{%- else -%}
{%- set days = values_hash(['customer_id', 'local_date']) -%}
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

counted_by_day as (

    select
        contact_id,
        customer_id,
        local_date,
        started_at,
        ended_at
    from {{ ref('int_contacts_flagged') }}
    -- The first of a day may have begun before the tail, and the next one to end long before.
    where {{ in_context('started_at') }} and {{ may_convert() }}

),

later_of_days as (

    -- Few customers come twice in a day: only theirs are put in order.
    select contact_id
    from counted_by_day
    where {{ days }} in (select {{ days }} from counted_by_day group by {{ days }} having count(*) > 1)
    qualify row_number() over (partition by customer_id, local_date order by started_at, contact_id) > 1

),

buyers_days as (

    -- And few buy.
    select
        contact_id,
        customer_id,
        ended_at,
        lead(ended_at) over (partition by customer_id order by ended_at, contact_id) as next_ended_at
    from counted_by_day
    where
        customer_id in (select orders.customer_id from orders)
        and contact_id not in (select later_of_days.contact_id from later_of_days)

),

converted as (

    select distinct buyers_days.contact_id
    from buyers_days
    inner join orders on buyers_days.customer_id = orders.customer_id
    where
        orders.ordered_at > buyers_days.ended_at
        and orders.ordered_at <= {{ add_seconds('buyers_days.ended_at', var('conversion_window_days') * 86400) }}
        and orders.ordered_at <= coalesce(buyers_days.next_ended_at, orders.ordered_at)

)
{%- endif -%}
{%- endmacro %}


{#- Condition on a contact: it counts towards conversion if it is the first such one of its day. -#}
{% macro may_convert(relation='') -%}
    {%- set of = relation ~ '.' if relation else '' -%}
    {{ of }}customer_id is not null and {{ of }}direction = 'inbound' and {{ of }}is_handled = 1
    and {{ of }}ended_at is not null
{%- endmacro %}
