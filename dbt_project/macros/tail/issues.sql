{#- int_contact_issues, which needs no naming as a parent: who asks has the fact of contacts as one. -#}
{% macro stitched_issues() -%}
    {{ return(built_before('intermediate', 'int_contact_issues')) }}
{%- endmacro %}


{#- Condition, true in a whole build: spells that go on in the tail, so that none of earlier times is read.
    Args: began_at (SQL) when the contact of a row began. -#}
{% macro spells_of_tail(began_at='started_at') -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%}
    {%- set first = run_query(
        'select min(spell_started_at) from ' ~ stitched_issues() ~ ' where started_at >= ' ~ bounds.since
    ).rows[0][0] -%}
    {{ began_at }} >= {{ "timestamp '" ~ first ~ "'" if first else bounds.since }}
    {%- endif -%}
{%- endmacro %}


{#- Condition, true in a whole build: issues with a contact in the tail, by the contact that they began with. -#}
{% macro in_issues_of_tail() -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%}
    {{ spells_of_tail() }} and (started_at >= {{ bounds.since }} or issue_id in ({{ issues_into_tail() }}))
    {%- endif -%}
{%- endmacro %}
{#- Issues that began before the tail and go on in it. -#}
{% macro issues_into_tail() -%}
    select later.issue_id
    from {{ stitched_issues() }} as later
    where
        later.started_at >= {{ tail().since }} and later.contact_no_in_issue > 1
        and later.issue_id not in (
            select first.contact_id from {{ stitched_issues() }} as first
            where first.started_at >= {{ tail().since }} and first.contact_no_in_issue = 1
        )
{%- endmacro %}


{#- The contacts of issues with a contact in the tail, complete; all contacts in a whole build.
    Args: contacts (relation) fct_contact. -#}
{% macro contacts_of_issues_of_tail(contacts) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} {{ return(contacts) }} {%- endif -%}
    (
        select * from {{ contacts }}
        where started_at >= {{ bounds.since }}
        union all
        select * from {{ contacts }}
        where
            started_at < {{ bounds.since }} and {{ spells_of_tail() }}
            and issue_id in ({{ issues_into_tail() }})
    )
{%- endmacro %}


{#- And the contacts before the tail whose spell, as the build before stitched it, goes on in it; nothing in a
    whole build. -#}
{% macro contacts_of_spells_into_tail() -%}
    {%- set bounds = tail() -%}
    {%- if bounds %}
    union all
    select * from {{ ref('int_contacts_flagged') }}
    where
        started_at < {{ bounds.since }} and {{ spells_of_tail() }}
        and contact_id in (
            select earlier.contact_id
            from {{ stitched_issues() }} as earlier
            inner join {{ stitched_issues() }} as later
                on earlier.spell_of = later.spell_of and earlier.spell_started_at = later.spell_started_at
            where
                earlier.started_at < {{ bounds.since }} and {{ spells_of_tail('earlier.started_at') }}
                and later.started_at >= {{ bounds.since }} and later.spell_started_at < {{ bounds.since }}
        )
    {%- endif -%}
{%- endmacro %}
