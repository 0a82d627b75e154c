-- One row per public post of others that names us or a tracked competitor (var competitor_tags), in a mention
-- of our account or with a tag that is listened to. Empty where no social network is read. A post is
-- no contact unless it began a thread that is answered as one. Reposts never land.
with

{{ public_posts() }},

posts as (

    select
        named.status_id,
        min(named.created_at) as posted_at,
        min(named.language) as language,
        max(named.is_own) as is_own,
        max(named.is_competitor) as is_competitor
    from named
    left join own_posts on named.status_id = own_posts.status_id
    where own_posts.status_id is null and named.created_at <= {{ as_of() }}
    group by named.status_id

)

select
    'mastodon:' || cast(status_id as string) as mention_id,
    'mastodon' as source_system,
    'social_public' as channel,
    posted_at,
    cast({{ to_local('posted_at', "'" ~ var('default_timezone') ~ "'") }} as date) as local_date,
    language,
    is_own,
    is_competitor
from posts
