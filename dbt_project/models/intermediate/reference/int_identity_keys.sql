-- One row per known person key (a pseudonym of an e-mail address or a phone number): whose it is.
-- The CRM decides first. A helpdesk user ties all keys that it has to one person, so that a person
-- the CRM does not know is still the same one by phone and by e-mail. A key that is not
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
    where coalesce(role, 'end-user') = 'end-user'

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

helpdesk_pairs as (

    -- Also what a user has besides: a second address, and those of users merged into it.
    select
        'zendesk:' || user_id as helpdesk_person_id,
        email_key as person_key,
        1 as preference
    from helpdesk_users
    where email_key is not null
    union all
    select
        'zendesk:' || user_id as helpdesk_person_id,
        phone_key as person_key,
        2 as preference
    from helpdesk_users
    where phone_key is not null
    union all
    select
        'zendesk:' || helpdesk_users.user_id as helpdesk_person_id,
        identities.identity_key as person_key,
        3 as preference
    from {{ ref('stg_zendesk__user_identities') }} as identities
    inner join helpdesk_users on identities.user_id = helpdesk_users.user_id
    {{- person_keys_of_more_systems() }}

),

helpdesk_people as (

    -- Whom the CRM knows by one of the keys is that customer, by the address rather than the number.
    select
        helpdesk_pairs.helpdesk_person_id,
        coalesce(crm_keys.customer_id, 'person:' || helpdesk_pairs.person_key) as customer_id
    from helpdesk_pairs
    left join crm_keys on helpdesk_pairs.person_key = crm_keys.person_key
    qualify row_number() over (
        partition by helpdesk_pairs.helpdesk_person_id
        order by
            case when crm_keys.customer_id is null then 1 else 0 end,
            helpdesk_pairs.preference,
            helpdesk_pairs.person_key
    ) = 1

),

helpdesk_keys as (

    -- min(): a CRM customer ('hubspot:') sorts before an unknown person ('person:').
    select
        helpdesk_pairs.person_key,
        min(helpdesk_people.customer_id) as customer_id
    from helpdesk_pairs
    inner join helpdesk_people
        on helpdesk_pairs.helpdesk_person_id = helpdesk_people.helpdesk_person_id
    left join crm_keys on helpdesk_pairs.person_key = crm_keys.person_key
    where crm_keys.person_key is null
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
