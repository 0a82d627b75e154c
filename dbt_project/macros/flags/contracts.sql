{#- CTE `contracts`: which price agreement holds for a client's contacts of a channel, from and to which
    day. What is agreed for the channel goes before what is agreed for all; a newer one ends the
    one before it. The live process reads none: nothing is billed by the day. -#}
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
agreed as (

    select distinct
        prices.client,
        channels.channel,
        prices.agreement_id as contract_id,
        prices.valid_from,
        prices.valid_to,
        {{ flag('aliases.channel is null') }} as is_for_all
    from {{ ref('stg_files__price_agreements') }} as prices
    left join {{ ref('channel_aliases') }} as aliases on lower(trim(prices.channel_text)) = aliases.alias
    inner join {{ ref('channels') }} as channels
        on coalesce(aliases.channel, channels.channel) = channels.channel
    where prices.is_deleted = 0

),

narrowest as (

    select *
    from agreed
    qualify is_for_all = min(is_for_all) over (partition by client, channel)
        and row_number() over (
            partition by client, channel, valid_from order by is_for_all, contract_id
        ) = 1

),

contracts as (

    select
        client,
        channel,
        contract_id,
        valid_from,
        least(
            coalesce(valid_to, date '9999-12-30'),
            coalesce({{ add_days(
                'lead(valid_from) over (partition by client, channel order by valid_from)', -1
            ) }}, date '9999-12-30')
        ) as valid_to
    from narrowest

)
{%- endif -%}
{%- endmacro %}
