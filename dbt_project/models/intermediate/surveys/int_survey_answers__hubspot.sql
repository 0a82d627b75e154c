-- One row per answer to a survey of HubSpot's own, in the columns of int_survey_answers.
-- HubSpot's satisfaction has three faces, counted from 0.
{{ config(enabled=has_hubspot_feedback()) }}

select
    'hubspot:' || submission_id as response_id,
    'hubspot' as source_system,
    case when survey_type = 'NPS' then 'relationship' else 'transactional' end as survey_type,
    lower(survey_type) as metric,
    case survey_type when 'NPS' then 'nps_11' when 'CSAT' then 'csat_3' else 'ces2_7' end as scale_code,
    cast(null as string) as contact_id,
    cast(null as string) as case_id,
    cast(null as string) as invitation_id,
    coalesce(kept.customer_id, 'hubspot:' || answers.hubspot_contact_id) as customer_id,
    cast(null as string) as channel,
    cast(null as string) as queue_id,
    cast(null as string) as agent_id,
    cast(null as double) as weight,
    cast(null as string) as comment_key,
    submitted_at as answered_at,
    case survey_type when 'CSAT' then score + 1 else score end as score_raw
from {{ ref('stg_hubspot__feedback_submissions') }} as answers
left join {{ ref('int_identity_keys') }} as kept
    on 'hubspot:' || answers.hubspot_contact_id = kept.person_key
where
    answers.survey_type in ('NPS', 'CSAT', 'CES')
    and answers.score is not null
    and coalesce(answers.is_archived, 0) = 0
