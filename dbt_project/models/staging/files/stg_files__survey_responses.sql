-- One row per answered question of a response.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_dataset', 'native_response_id', 'metric']
) }}

with

arrived as (

    select landed.* from {{ lake_files('survey_responses') }} as landed
    {{ arrived_since_last_run(per_dataset=true) }}

),

renamed as (

    select
        -- ids
        response_id as native_response_id,
        contact_id as native_contact_id,
        case_id as native_case_id,
        invitation_id as native_invitation_id,
        customer_key,
        agent as agent_id,
        comment_key,
        -- text
        metric,
        scale as scale_code,
        survey_type,
        queue as queue_name,
        channel as channel_text,
        business_area,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        score,
        weight,
        source_row,
        -- timestamps
        answered_at,
        _dlt_load_id
    from arrived

),

{{ newest_version(
    'renamed',
    keys=['source_dataset', 'native_response_id', 'metric'],
    version='answered_at'
) }}

select * from newest_version
