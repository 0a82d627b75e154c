{#- CTEs `named` (posts of others that name us or a tracked competitor; a post may come more than once) and
    `own_posts`, of the social networks that are switched on. -#}
{% macro public_posts() -%}
{%- if 'mastodon' in more_systems() -%}
{%- set tracked = "lower(tag) in ('" ~ (var('competitor_tags') | map('lower') | join("', '")) ~ "')" -%}
named as (

    select
        status_id,
        created_at,
        language,
        1 as is_own,
        0 as is_competitor
    from {{ ref('stg_mastodon__mentions') }}
    where visibility in ('public', 'unlisted') and status_id is not null
    union all
    select
        status_id,
        created_at,
        language,
        case when {{ tracked }} then 0 else 1 end as is_own,
        case when {{ tracked }} then 1 else 0 end as is_competitor
    from {{ ref('stg_mastodon__tagged') }}

),

own_posts as (

    select status_id from {{ ref('stg_mastodon__statuses') }}

)
{%- else -%}
named as (

    select
        cast(null as bigint) as status_id,
        cast(null as timestamp) as created_at,
        cast(null as string) as language,
        0 as is_own,
        0 as is_competitor
    where false

),

own_posts as (

    select status_id from named

)
{%- endif -%}
{%- endmacro %}
