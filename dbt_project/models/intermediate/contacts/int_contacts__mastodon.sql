-- One row per thread that somebody begins by mentioning the company's account, written up to as-of.
-- What the same person adds after an answer is no new contact. The company's first answer to the
-- thread's first status answers and ends it: the network knows no solving.
with

mentions as (

    select * from {{ ref('stg_mastodon__mentions') }}
    where created_at <= {{ as_of() }}

),

answers as (

    select
        in_reply_to_id,
        min(created_at) as answered_at,
        max(_dlt_load_id) as load_id
    from {{ ref('stg_mastodon__statuses') }}
    where in_reply_to_id is not null and created_at <= {{ as_of() }}
    group by in_reply_to_id

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

earlier as (

    -- What an addition can answer: a word of the company's, or one that mentioned it.
    select status_id from {{ ref('stg_mastodon__statuses') }}
    union
    select status_id from mentions

),

threads as (

    select mentions.*
    from mentions
    left join earlier on mentions.in_reply_to_id = earlier.status_id
    where earlier.status_id is null

)

select
    'mastodon:' || threads.mention_id as contact_id,
    'mastodon' as source_system,
    cast(threads.mention_id as string) as native_contact_id,
    cast(null as string) as parent_contact_id,
    'async' as contact_kind,
    cast(null as string) as case_id,
    coalesce(identity_keys.customer_id, 'person:' || threads.account_key) as customer_id,
    'mastodon:mentions' as first_queue_id,
    'mastodon:mentions' as last_queue_id,
    'Mastodon' as queue_name,
    cast(null as string) as first_agent_id,
    cast(null as string) as last_agent_id,
    case when threads.visibility = 'direct' then 'social_private' else 'social_public' end as channel,
    'inbound' as direction,
    'inbound' as initiation,
    cast(null as string) as reason_id,
    cast(null as string) as reason_source,
    cast(null as string) as product_id,
    threads.language,
    threads.created_at as started_at,
    threads.created_at as queued_at,
    answers.answered_at,
    answers.answered_at as first_response_at,
    answers.answered_at as ended_at,
    answers.answered_at as wrapped_at,
    cast(0 as bigint) as pre_queue_seconds,
    {{ exact_span_seconds('threads.created_at', 'answers.answered_at') }} as wait_exact_seconds,
    cast(null as bigint) as handle_seconds,
    case when answers.answered_at is not null then 'answered' else 'waiting' end as queue_outcome,
    cast(null as string) as outcome,
    1 as is_reply_known,
    cast(null as timestamp) as last_customer_message_at,
    0 as is_informed,
    0 as is_spam,
    0 as is_test,
    0 as is_internal,
    0 as is_merged_child,
    greatest(threads._dlt_load_id, answers.load_id) as load_id
from threads
left join answers on threads.status_id = answers.in_reply_to_id
left join identity_keys on threads.account_key = identity_keys.person_key
