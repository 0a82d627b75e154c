-- One row per file-drop dataset and queue name met in it: the queue id used everywhere.
-- A name that the list of queues knows is an id already; any other belongs to its dataset.
with

listed as (

    select distinct queue_id
    from {{ ref('stg_files__queues') }}

),

met as (

    select
        source_dataset,
        queue_name
    from {{ ref('stg_files__calls') }}
    union
    select
        source_dataset,
        queue_name
    from {{ ref('stg_files__cases') }}
    union
    select
        source_dataset,
        queue_name
    from {{ ref('stg_files__survey_responses') }}

)

select
    met.source_dataset,
    met.queue_name,
    coalesce(listed.queue_id, met.source_dataset || ':' || met.queue_name) as queue_id
from met
left join listed on met.queue_name = listed.queue_id
where met.queue_name is not null
