-- One row per child event of a ticket: a comment or one changed field.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['child_event_id']
) }}

with

arrived as (

    select landed.* from {{ lake('zendesk', 'ticket_events') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        id as child_event_id,
        ticket_event_id,
        ticket_id,
        updater_id,
        author_id,
        -- text
        via_channel,
        event_type,
        field as field_name,
        value as new_value,
        previous_value,
        -- flags
        cast(is_public as integer) as is_public,
        -- timestamps
        occurred_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['child_event_id']) }}

select * from newest_version
