-- Grain: calendar month of the contact x reason x value category x channel. Uncoded contacts
-- stand under a null reason and the category 'unclassified', so the month still adds up.

with contacts as (

    select * from {{ ref('fct_contact') }}
    where is_handled = 1

),

responses as (

    select
        contact_id,
        count(*) as csat_responses,
        {{ sum_count('is_top2') }} as csat_top2
    from {{ ref('fct_survey_response') }}
    where
        contact_id is not null
        and metric = 'csat'
        and survey_type = 'transactional'
        and is_valid = 1
        and is_current_answer = 1
    group by contact_id

),

classified as (

    select
        contacts.*,
        responses.csat_responses,
        responses.csat_top2
    from contacts
    left join responses on contacts.contact_id = responses.contact_id

),

final as (

    select
        cast(date_trunc('month', local_date) as date) as month_start_date,
        reason_id,
        value_category,
        channel,
        count(*) as handled,
        {{ sum_count('is_reason_coded') }} as handled_reason_coded,
        {{ sum_count('handle_seconds') }} as handle_seconds,
        {{ sum_squares('handle_seconds') }} as handle_seconds_sq,
        {{ sum_count('is_fcr_eligible') }} as fcr_eligible,
        {{ sum_count('is_fcr_success') }} as fcr_success,
        {{ sum_count('is_repeat') }} as repeats,
        {{ sum_count('csat_responses') }} as csat_responses,
        {{ sum_count('csat_top2') }} as csat_top2
    from classified
    group by cast(date_trunc('month', local_date) as date), reason_id, value_category, channel

)

select * from final
