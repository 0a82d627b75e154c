-- One row per contact reason and version of what the reason tree says of it, and per code met in the
-- data that the tree lacks. Every instant finds exactly one version: a reason that was judged anew is
-- for older contacts what it was then.
with

listed as (

    select *
    from {{ ref('stg_files__reasons') }}
    where reason_id is not null
    qualify source_dataset = first_value(source_dataset) over (
        partition by reason_id order by is_deleted asc, _dlt_load_id desc, source_dataset asc
    )

),

met as (

    select reason_id from listed
    union
    select reason_id from {{ ref('int_contacts_clocked') }}
    union
    select reason_id from {{ ref('int_cases') }}

),

versions as (

    select
        met.reason_id,
        listed.l1,
        listed.l2,
        listed.l3,
        listed.reason_family,
        coalesce(listed.value_category, 'unclassified') as value_category,
        listed.is_resolvable_at_first_level,
        cast(listed.standard_handle_seconds as bigint) as standard_handle_seconds,
        listed.complexity,
        {{ flag('listed.reason_id is not null') }} as is_listed,
        listed.valid_from,
        coalesce(listed._dlt_load_id, '') as load_id
    from met
    left join listed on met.reason_id = listed.reason_id
    where met.reason_id is not null

),

{{ held_versions('versions', 'reason', ties=['load_id']) }}

select
    reason_sk,
    reason_id,
    l1,
    l2,
    l3,
    reason_family,
    value_category,
    is_resolvable_at_first_level,
    standard_handle_seconds,
    complexity,
    is_listed,
    held_from as valid_from,
    held_to as valid_to,
    is_current
from held_versions
