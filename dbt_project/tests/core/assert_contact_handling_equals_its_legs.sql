-- The handling time of live contacts is the sum of their complete legs: no leg is lost on the way.
with

legs as (

    select
        contact_id,
        sum(handle_seconds) as handle_seconds,
        sum(is_handled) as handled_legs
    from {{ ref('fct_contact_leg') }}
    where is_handled = 1 and {{ in_tail('contact_started_at') }}
    group by contact_id

)

select
    contacts.contact_id,
    contacts.handle_seconds,
    legs.handle_seconds as leg_handle_seconds
from {{ ref('fct_contact') }} as contacts
inner join legs on contacts.contact_id = legs.contact_id
where
    {{ in_tail('contacts.started_at') }}
    and (
        contacts.handle_seconds is distinct from legs.handle_seconds
        or contacts.handled_legs <> legs.handled_legs
    )
