-- One row per contact reason: the reason tree, and every code met in the data that it lacks.
with

listed as (

    select *
    from {{ ref('stg_files__reasons') }}
    where reason_id is not null
    qualify row_number() over (
        partition by reason_id order by is_deleted asc, _dlt_load_id desc, source_dataset asc
    ) = 1

),

met as (

    select reason_id from listed
    union
    select reason_id from {{ ref('int_contacts') }}
    union
    select reason_id from {{ ref('int_cases') }}

),

final as (

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
        {{ flag('listed.reason_id is not null') }} as is_listed
    from met
    left join listed on met.reason_id = listed.reason_id
    where met.reason_id is not null

)

select * from final
