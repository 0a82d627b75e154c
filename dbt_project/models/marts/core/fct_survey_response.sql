-- One row per survey response and scale. A later answer about the same contact replaces an earlier
-- one of the same metric: both stay, only the latest has is_current_answer = 1.
with

answers as (

    select * from {{ ref('int_survey_answers') }}

),

scales as (

    select * from {{ ref('survey_scale_map') }}

),

contacts as (

    select * from {{ ref('fct_contact') }}

),

cases as (

    select case_id from {{ ref('fct_case') }}

),

attributed as (

    -- The agent is the one of the contact's last handled leg, not today's assignee.
    select
        answers.response_id,
        answers.source_system,
        answers.survey_type,
        coalesce(scales.metric, answers.metric) as metric,
        answers.scale_code,
        contacts.contact_id,
        coalesce(cases.case_id, contact_cases.case_id) as case_id,
        coalesce(contacts.customer_id, answers.customer_id) as customer_id,
        coalesce(contacts.channel, answers.channel) as channel,
        coalesce(contacts.first_queue_id, answers.queue_id) as queue_id,
        coalesce(contacts.last_agent_id, answers.agent_id) as agent_id,
        answers.answered_at,
        cast({{ to_local(
            'answers.answered_at', "coalesce(contacts.timezone, '" ~ var('default_timezone') ~ "')"
        ) }} as date) as local_date,
        contacts.local_date as contact_date,
        answers.score_raw,
        scales.score_0_100,
        {{ flag('scales.scale_code is not null') }} as is_valid,
        coalesce(scales.is_top2, 0) as is_top2,
        coalesce(scales.is_bottom, 0) as is_bottom,
        {{ flag("scales.metric = 'nps' and answers.score_raw >= " ~ var('nps_promoter_min')) }}
            as is_promoter,
        {{ flag("scales.metric = 'nps' and answers.score_raw <= " ~ var('nps_detractor_max')) }}
            as is_detractor,
        {{ flag("scales.metric = 'nps'") }} as is_nps,
        coalesce(scales.is_favourable, 0) as is_favourable
    from answers
    left join scales
        on answers.scale_code = scales.scale_code and answers.score_raw = scales.score_raw
    left join contacts on answers.contact_id = contacts.contact_id
    left join cases on answers.case_id = cases.case_id
    left join cases as contact_cases on contacts.case_id = contact_cases.case_id

),

final as (

    select
        response_id,
        source_system,
        survey_type,
        metric,
        scale_code,
        contact_id,
        case_id,
        customer_id,
        channel,
        queue_id,
        agent_id,
        answered_at,
        local_date,
        coalesce(contact_date, local_date) as contact_local_date,
        cast(score_raw as double) as score_raw,
        cast(score_0_100 as double) as score_0_100,
        is_valid,
        is_top2,
        is_bottom,
        is_promoter,
        {{ flag('is_nps = 1 and is_promoter = 0 and is_detractor = 0') }} as is_passive,
        is_detractor,
        is_favourable,
        case
            when is_valid = 0 then 0
            when row_number() over (
                partition by coalesce(contact_id, response_id), metric
                order by is_valid desc, answered_at desc, response_id desc, scale_code asc
            ) = 1 then 1
            else 0
        end as is_current_answer
    from attributed

)

select * from final
