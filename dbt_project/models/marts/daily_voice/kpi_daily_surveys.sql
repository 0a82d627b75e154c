-- Grain: local date of the contact that was rated (of the answer, where no contact is known) x
-- channel x queue x survey type x metric x scale x band of the contact's wait. Scales and survey types
-- are never pooled here: a reader who adds them up does so knowingly.

with responses as (

    select * from {{ ref('fct_survey_response') }}

),

counted as (

    -- only the latest answer to a question counts (catalogue E5)
    select * from responses
    where is_valid = 1 and is_current_answer = 1

),

final as (

    select
        contact_local_date as local_date,
        channel,
        queue_id,
        survey_type,
        metric,
        scale_code,
        wait_band,
        count(*) as responses,
        {{ sum_count('is_top2') }} as top2,
        {{ sum_count('is_bottom') }} as bottom,
        {{ sum_count('is_promoter') }} as promoters,
        {{ sum_count('is_passive') }} as passives,
        {{ sum_count('is_detractor') }} as detractors,
        {{ sum_count('is_favourable') }} as favourable,
        {{ sum_exact('score_raw') }} as score_raw_sum,
        {{ sum_squares('score_raw') }} as score_raw_sq,
        {{ sum_exact('score_0_100') }} as score_0_100_sum,
        {{ sum_squares('score_0_100') }} as score_0_100_sq
    from counted
    group by contact_local_date, channel, queue_id, survey_type, metric, scale_code, wait_band

)

select * from final
