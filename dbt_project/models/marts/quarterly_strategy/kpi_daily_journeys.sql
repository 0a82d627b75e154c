-- Grain: local date of an issue's first contact x first channel x channel path x resolving channel.
-- Which channels customers' matters pass through, and what became of them. Only mature issues are
-- judged: of younger ones nobody knows yet where they will go.
-- The loop below writes columns; the linter would judge their indent as if written by hand.
-- noqa: disable=LT02
{% set sums = {
    'identified': 'is_identified',
    'mature': 'is_mature',
    'mature_contacts': 'mature_contacts',
    'mature_resolved': 'is_mature_resolved',
    'mature_one_contact_resolved': 'is_mature_one_contact_resolved',
    'pivoted': 'is_mature_pivoted',
    'pivoted_resolved': 'is_mature_pivoted_resolved',
    'pivoted_by_company': 'is_mature_company_pivoted',
    'pivoted_resolution_seconds': 'is_mature_pivoted_resolved * resolution_seconds',
} %}

with issues as (

    select * from {{ ref('fct_issue') }}

),

final as (

    select
        opened_local_date as local_date,
        first_channel,
        channel_path,
        resolving_channel,
        cast(count(*) as bigint) as issues,
        {%- for column, flag in sums.items() %}
            {{ sum_count(flag) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from issues
    group by opened_local_date, first_channel, channel_path, resolving_channel

)

select * from final
