-- One row per Intercom person and key that is known of it: its own, then of who was merged into it.
with

people as (

    select
        contacts.email_key,
        contacts.phone_key,
        'intercom:'
        || coalesce(contact_merges.merged_into_contact_id, contacts.contact_id) as helpdesk_person_id,
        case when contact_merges.contact_id is null then 0 else 2 end as after_own
    from {{ ref('stg_intercom__contacts') }} as contacts
    left join {{ ref('stg_intercom__contacts') }} as contact_merges
        on contacts.contact_id = contact_merges.contact_id and contact_merges.is_merged = 1
    where contacts.is_merged = 0

),

pairs as (

    select
        helpdesk_person_id,
        email_key as person_key,
        after_own + 1 as preference
    from people
    union all
    select
        helpdesk_person_id,
        phone_key as person_key,
        after_own + 2 as preference
    from people

)

select
    helpdesk_person_id,
    person_key,
    min(preference) as preference
from pairs
where person_key is not null
group by helpdesk_person_id, person_key
