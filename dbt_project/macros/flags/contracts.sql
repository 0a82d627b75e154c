{#- CTE `contracts`: which agreement holds for a client's contacts of a channel, from a day until another.
    The live process reads none: nothing is billed by the day. -#}
{% macro contracts() -%}
{%- if target.name == 'live' -%}
contracts as (

    select
        cast(null as string) as client,
        cast(null as string) as channel,
        cast(null as string) as contract_id,
        date '1970-01-01' as valid_from,
        date '1970-01-01' as valid_to
    where false

)
{%- else -%}
contracts as (

    select * from {{ ref('dim_price_agreement') }}
    where band_no = 1

)
{%- endif -%}
{%- endmacro %}
