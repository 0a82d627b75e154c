-- Every contact that was offered or handled is in one issue, and issues hold nothing twice.
with

counted as (

    select coalesce(sum(n_contacts), 0) as n_contacts
    from {{ ref('fct_issue') }}

),

expected as (

    select count(*) as n_contacts
    from {{ ref('fct_contact') }}
    where
        issue_id is not null
        and direction = 'inbound'
        and initiation <> 'callback'
        and is_short_abandoned = 0
        and (is_offered = 1 or is_handled = 1)

)

select
    contacts.contact_id,
    contacts.issue_id
from {{ ref('fct_contact') }} as contacts
left join {{ ref('fct_issue') }} as issues
    on contacts.issue_id = issues.issue_id and {{ spells_of_tail('issues.started_at') }}
where
    {{ in_tail('contacts.started_at') }}
    and (contacts.is_offered = 1 or contacts.is_handled = 1)
    and issues.issue_id is null
union all
select
    'contacts counted' as contact_id,
    cast(counted.n_contacts as string) as issue_id
from counted
cross join expected
where counted.n_contacts <> expected.n_contacts
