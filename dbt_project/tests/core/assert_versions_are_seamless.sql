-- Every instant finds exactly one version of everything: the first holds since 1970, each next one
-- begins where the one before it ends, the last is open, and one is current.
{% set dimensions = {
    'dim_agent': 'agent_id', 'dim_queue': 'queue_id', 'dim_customer': 'customer_id',
    'dim_contact_reason': 'reason_id',
} %}

with

versions as (

    {% for dimension, key in dimensions.items() %}
        {{ 'union all' if not loop.first }}
        select
            '{{ dimension }}' as dimension,
            {{ key }} as key_id,
            is_current,
            valid_from,
            valid_to
        from {{ ref(dimension) }}
    {% endfor %}

),

neighbours as (

    select
        *,
        lag(valid_to) over (partition by dimension, key_id order by valid_from) as ended_before,
        row_number() over (partition by dimension, key_id order by valid_from) as version_no,
        count(*) over (partition by dimension, key_id) as versions
    from versions

)

select
    dimension,
    key_id
from neighbours
group by dimension, key_id
having
    sum(is_current) <> 1
    or max(case when version_no = 1 and valid_from <> timestamp '1970-01-01 00:00:00' then 1 else 0 end) = 1
    or max(case when version_no > 1 and coalesce(ended_before <> valid_from, true) then 1 else 0 end) = 1
    or max(case when version_no = versions and valid_to is not null then 1 else 0 end) = 1
