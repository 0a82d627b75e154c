-- One row per customer and version of what is known of them: everyone in the CRM, and everyone else
-- who has been in contact. Every instant finds exactly one version. Of what the CRM does not say, the
-- list of customers tells what holds now; who is only on that list has the list's versions.
-- `hubspot:<id>` is a CRM contact; `person:<key>` is known only by a pseudonym.
{% set told = ['lifecycle_stage', 'segment', 'customer_type', 'language', 'country', 'monthly_revenue',
    'acquired_at', 'churned_at', 'company_id', 'is_archived'] %}
with

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

crm_changes as (

    -- The CRM says when it changed a contact, not what: only other words make a version. A contact
    -- that was merged into another is no customer of its own.
    select
        contacts.*,
        {{ values_hash(told) }} as said,
        lag({{ values_hash(told) }}) over (
            partition by contacts.hubspot_contact_id order by contacts.updated_at nulls first
        ) as said_before
    from {{ ref('stg_hubspot__contacts') }} as contacts
    left join identity_keys as kept on 'hubspot:' || contacts.hubspot_contact_id = kept.person_key
    where kept.person_key is null

),

crm_versions as (

    select
        *,
        'hubspot:' || hubspot_contact_id as customer_id
    from crm_changes
    where said_before is null or said_before <> said

),

listed as (

    select
        coalesce(identity_keys.customer_id, 'person:' || customers.native_customer_id) as customer_id,
        customers.*
    from {{ ref('stg_files__customers') }} as customers
    left join identity_keys on customers.native_customer_id = identity_keys.person_key
    where customers.native_customer_id is not null
    qualify first_value(customers.source_dataset || customers.native_customer_id) over (
        partition by coalesce(identity_keys.customer_id, 'person:' || customers.native_customer_id)
        order by customers.is_deleted asc, customers._dlt_load_id desc, customers.native_customer_id asc
    ) = customers.source_dataset || customers.native_customer_id

),

listed_now as (

    select *
    from listed
    where valid_from is null or valid_from <= {{ as_of() }}
    qualify row_number() over (partition by customer_id order by valid_from desc nulls last) = 1

),

met as (

    select customer_id from crm_versions
    union
    select customer_id from listed
    union
    select customer_id from {{ ref('int_contacts_clocked') }}
    union
    select customer_id from {{ ref('int_cases') }}
    union
    select customer_id from {{ ref('int_survey_answers') }}
    union
    select customer_id from {{ ref('int_survey_invitations') }}

),

versions as (

    select
        met.customer_id,
        coalesce(crm_versions.segment, listed.segment, listed_now.segment) as segment,
        crm_versions.customer_type,
        crm_versions.lifecycle_stage,
        coalesce(crm_versions.country, listed.country, listed_now.country) as country,
        coalesce(crm_versions.language, listed.language, listed_now.language) as language,
        companies.industry,
        coalesce(crm_versions.acquired_at, listed.acquired_at, listed_now.acquired_at) as acquired_at,
        coalesce(crm_versions.churned_at, listed.churned_at, listed_now.churned_at) as churned_at,
        coalesce(crm_versions.monthly_revenue, listed.monthly_revenue, listed_now.monthly_revenue)
            as monthly_revenue,
        {{ flag('crm_versions.customer_id is not null') }} as is_in_crm,
        coalesce(crm_versions.is_archived, 0) as is_archived,
        coalesce(crm_versions.updated_at, listed.valid_from) as valid_from,
        coalesce(listed._dlt_load_id, '') as load_id
    from met
    left join crm_versions on met.customer_id = crm_versions.customer_id
    left join {{ ref('stg_hubspot__companies') }} as named
        on crm_versions.company_id = named.company_id
    left join {{ ref('stg_hubspot__companies') }} as companies
        on coalesce(named.merged_into_company_id, crm_versions.company_id) = companies.company_id
    left join listed
        on case when crm_versions.customer_id is null then met.customer_id end = listed.customer_id
    left join listed_now on met.customer_id = listed_now.customer_id
    where met.customer_id is not null

),

{{ held_versions('versions', 'customer', ties=['load_id']) }}

select
    customer_sk,
    customer_id,
    segment,
    customer_type,
    lifecycle_stage,
    country,
    language,
    industry,
    acquired_at,
    churned_at,
    monthly_revenue,
    is_in_crm,
    is_archived,
    held_from as valid_from,
    held_to as valid_to,
    is_current
from held_versions
