-- One row per known person key (a pseudonym of an e-mail address or a phone number): whose it is.
-- The CRM decides first. A helpdesk user who has both keys ties them to one person, so that a
-- person the CRM does not know is still the same one by phone and by e-mail. A key that is not
-- here belongs to an otherwise unknown person, `person:<key>`. `match_rule` says what decided, and
-- `match_confidence` how far to trust it: an address has one owner, a number may have several.
-- A CRM contact that was merged into another has the keys it had, and its id `hubspot:<id>` as one.
with

merged_contacts as (

    select *
    from {{ ref('stg_hubspot__contacts') }}
    where merged_into_contact_id is not null
    qualify row_number() over (
        partition by hubspot_contact_id order by updated_at desc nulls last
    ) = 1

),

crm_contacts as (

    -- As each stood last by itself: what was merged has no properties of its own any more.
    select
        contacts.email_key,
        contacts.phone_key,
        contacts.is_archived,
        coalesce(merged_contacts.merged_into_contact_id, contacts.hubspot_contact_id) as kept_contact_id
    from {{ ref('stg_hubspot__contacts') }} as contacts
    left join merged_contacts on contacts.hubspot_contact_id = merged_contacts.hubspot_contact_id
    where contacts.merged_into_contact_id is null
    qualify row_number() over (
        partition by contacts.hubspot_contact_id order by contacts.updated_at desc nulls last
    ) = 1

),

helpdesk_users as (

    select *
    from {{ ref('stg_zendesk__users') }}
    where coalesce(role, 'end-user') = 'end-user' and coalesce(email_key, phone_key) is not null

),

crm_pairs as (

    select
        email_key as person_key,
        'crm_email' as match_rule,
        kept_contact_id,
        is_archived
    from crm_contacts
    union all
    select
        phone_key as person_key,
        'crm_phone' as match_rule,
        kept_contact_id,
        is_archived
    from crm_contacts
    union all
    select
        'hubspot:' || hubspot_contact_id as person_key,
        'crm_merge' as match_rule,
        merged_into_contact_id as kept_contact_id,
        is_archived
    from merged_contacts

),

crm_keys as (

    -- Two CRM contacts may share a number: the live one wins, then the older id.
    select
        person_key,
        'hubspot:' || kept_contact_id as customer_id,
        match_rule,
        case
            when
                min(kept_contact_id) over (partition by person_key)
                < max(kept_contact_id) over (partition by person_key)
                then 'low'
            when match_rule in ('crm_email', 'crm_merge') then 'certain'
            else 'high'
        end as match_confidence
    from crm_pairs
    where person_key is not null
    qualify row_number() over (
        partition by person_key order by coalesce(is_archived, 0), kept_contact_id, match_rule
    ) = 1

),

helpdesk_people as (

    select
        helpdesk_users.email_key,
        helpdesk_users.phone_key,
        coalesce(
            by_email.customer_id,
            by_phone.customer_id,
            'person:' || coalesce(helpdesk_users.email_key, helpdesk_users.phone_key)
        ) as customer_id
    from helpdesk_users
    left join crm_keys as by_email on helpdesk_users.email_key = by_email.person_key
    left join crm_keys as by_phone on helpdesk_users.phone_key = by_phone.person_key

),

helpdesk_pairs as (

    select
        email_key as person_key,
        customer_id
    from helpdesk_people
    union all
    select
        phone_key as person_key,
        customer_id
    from helpdesk_people

),

helpdesk_keys as (

    -- min(): a CRM customer ('hubspot:') sorts before an unknown person ('person:').
    select
        helpdesk_pairs.person_key,
        min(helpdesk_pairs.customer_id) as customer_id
    from helpdesk_pairs
    left join crm_keys on helpdesk_pairs.person_key = crm_keys.person_key
    where helpdesk_pairs.person_key is not null and crm_keys.person_key is null
    group by helpdesk_pairs.person_key

)

select
    person_key,
    customer_id,
    match_rule,
    match_confidence
from crm_keys
union all
select
    person_key,
    customer_id,
    'helpdesk_user' as match_rule,
    'high' as match_confidence
from helpdesk_keys
