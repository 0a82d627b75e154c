-- One row per answered question of a response.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['response_token', 'field_id']
) }}

with

arrived as (

    select landed.* from {{ lake('typeform', 'answers') }} as landed
    {{ arrived_since_last_run() }}

),

renamed as (

    select
        -- ids
        response_id as response_token,
        form_id,
        field_id,
        hidden_contact_id as contact_id,
        hidden_customer_key as customer_key,
        -- text
        field_ref as scale_code,
        field_type,
        hidden_survey_type as survey_type,
        hidden_channel as channel,
        -- numbers
        number_value,
        -- flags
        cast(boolean_value as integer) as is_yes,
        -- timestamps
        landed_at,
        submitted_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['response_token', 'field_id'], version='submitted_at') }}

select * from newest_version
