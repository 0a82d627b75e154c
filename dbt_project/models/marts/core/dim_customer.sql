-- One row per customer: everyone in the CRM, and everyone else who has been in contact.
-- `hubspot:<id>` is a CRM contact; `person:<key>` is known only by a pseudonym.
with

crm_contacts as (

    select * from {{ ref('stg_hubspot__contacts') }}

),

companies as (

    select * from {{ ref('stg_hubspot__companies') }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

listed as (

    select
        coalesce(identity_keys.customer_id, 'person:' || customers.native_customer_id) as customer_id,
        customers.*
    from {{ ref('stg_files__customers') }} as customers
    left join identity_keys on customers.native_customer_id = identity_keys.person_key
    where customers.native_customer_id is not null
    qualify row_number() over (
        partition by coalesce(identity_keys.customer_id, 'person:' || customers.native_customer_id)
        order by customers.is_deleted asc, customers._dlt_load_id desc, customers.native_customer_id asc
    ) = 1

),

met as (

    select 'hubspot:' || hubspot_contact_id as customer_id from crm_contacts
    union
    select customer_id from listed
    union
    select customer_id from {{ ref('int_contacts') }}
    union
    select customer_id from {{ ref('int_cases') }}
    union
    select customer_id from {{ ref('int_survey_answers') }}
    union
    select customer_id from {{ ref('int_survey_invitations') }}

),

final as (

    select
        met.customer_id,
        coalesce(crm_contacts.segment, listed.segment) as segment,
        crm_contacts.customer_type,
        crm_contacts.lifecycle_stage,
        coalesce(crm_contacts.country, listed.country) as country,
        coalesce(crm_contacts.language, listed.language) as language,
        companies.industry,
        coalesce(crm_contacts.acquired_at, listed.acquired_at) as acquired_at,
        coalesce(crm_contacts.churned_at, listed.churned_at) as churned_at,
        coalesce(crm_contacts.monthly_revenue, listed.monthly_revenue) as monthly_revenue,
        {{ flag('crm_contacts.hubspot_contact_id is not null') }} as is_in_crm,
        coalesce(crm_contacts.is_archived, 0) as is_archived
    from met
    left join crm_contacts on met.customer_id = 'hubspot:' || crm_contacts.hubspot_contact_id
    left join companies on crm_contacts.company_id = companies.company_id
    left join listed on met.customer_id = listed.customer_id
    where met.customer_id is not null

)

select * from final
