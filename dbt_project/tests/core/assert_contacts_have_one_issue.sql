-- Every contact that was offered or handled is in one issue, and issues hold nothing twice.
with

contacts as (

    select * from {{ ref('fct_contact') }}

),

issues as (

    select * from {{ ref('fct_issue') }}

)

select
    contacts.contact_id,
    contacts.issue_id
from contacts
left join issues
    on contacts.issue_id = issues.issue_id and {{ spells_of_tail('issues.started_at') }}
where
    {{ in_tail('contacts.started_at') }}
    and (contacts.is_offered = 1 or contacts.is_handled = 1)
    and issues.issue_id is null
union all
select
    'contacts counted' as contact_id,
    cast(sum(n_contacts) as string) as issue_id
from issues
having
    sum(n_contacts) <> (
        select count(*)
        from contacts
        where
            issue_id is not null
            and direction = 'inbound'
            and initiation <> 'callback'
            and is_short_abandoned = 0
            and (is_offered = 1 or is_handled = 1)
    )
