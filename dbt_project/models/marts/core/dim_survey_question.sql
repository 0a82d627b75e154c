-- One row per survey question and version of its wording. A new wording breaks a series, so answers
-- hang on the version that was asked on their day. Questions nobody has listed have no wording.
with

listed as (

    select * from {{ ref('survey_questions') }}

),

met as (

    select distinct
        survey_type,
        metric,
        scale_code
    from {{ ref('int_survey_answers') }}
    where metric is not null

),

unlisted as (

    select met.*
    from met
    left join listed
        on
            met.survey_type = listed.survey_type
            and met.metric = listed.metric
            and met.scale_code = listed.scale_code
    where listed.metric is null

),

unioned as (

    select
        survey_type,
        metric,
        scale_code,
        wording_version,
        wording_en,
        wording_fi,
        wording_sv,
        touchpoint,
        valid_from,
        valid_to
    from listed
    union all
    select
        survey_type,
        metric,
        scale_code,
        0 as wording_version,
        null as wording_en,
        null as wording_fi,
        null as wording_sv,
        null as touchpoint,
        cast('{{ var("calendar_start_date") }}' as date) as valid_from,
        null as valid_to
    from unlisted

),

final as (

    select
        survey_type || ':' || metric || ':' || scale_code || ':' || wording_version as question_id,
        survey_type,
        metric,
        scale_code,
        cast(wording_version as integer) as wording_version,
        cast(wording_en as string) as wording_en,
        cast(wording_fi as string) as wording_fi,
        cast(wording_sv as string) as wording_sv,
        cast(touchpoint as string) as touchpoint,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from unioned

)

select * from final
