-- One row per company, metric and wave of a comparison that somebody else publishes. Our own row (company is
-- var benchmark_own) carries what it is compared with: the best and the mean of the others for a score, the
-- industry (var benchmark_industry) for an index. Only figures of one source, wave and metric meet.
with

landed as (

    select
        benchmark_source,
        wave,
        company,
        lower(trim(metric)) as metric,
        metric_value,
        n,
        promoters,
        detractors,
        -- The first day of what the wave is named after: 2026, 2026-Q2, 2026-05 or a day.
        case
            when wave like '____-Q_'
                then
                    substr(wave, 1, 5)
                    || case substr(wave, 7, 1)
                        when '1' then '01' when '2' then '04' when '3' then '07' else '10'
                    end || '-01'
            when length(wave) = 4 then wave || '-01-01'
            when length(wave) = 7 then wave || '-01'
            else wave
        end as wave_day,
        cast(promoters - detractors as double) / nullif(n, 0) as lead_share,
        cast(promoters + detractors as double) / nullif(n, 0) as either_share,
        {{ flag("lower(trim(company)) = lower('" ~ var('benchmark_own') ~ "')") }} as is_own,
        {{ flag("lower(trim(company)) = lower('" ~ var('benchmark_industry') ~ "')") }} as is_industry
    from {{ ref('stg_files__benchmarks') }}
    qualify row_number() over (
        partition by benchmark_source, wave, company, lower(trim(metric))
        order by _dlt_load_id desc, source_dataset asc
    ) = 1

),

scored as (

    -- Of an index, and of a score without its parts, no error is known.
    select
        *,
        coalesce(100 * lead_share, metric_value) as score,
        10000 * (either_share - lead_share * lead_share) / nullif(n, 0) as score_variance
    from landed

),

figures as (

    select
        *,
        row_number() over (
            partition by benchmark_source, wave, metric, is_own + is_industry order by score desc, company asc
        ) as place
    from scored

),

compared as (

    select
        *,
        max(case when is_own + is_industry = 0 then score end) over wave_of as best_competitor,
        avg(case when is_own + is_industry = 0 then score end) over wave_of as mean_competitor,
        max(case when is_own + is_industry = 0 and place = 1 then score_variance end) over wave_of
            as best_competitor_variance,
        max(case when is_industry = 1 then score end) over wave_of as industry
    from figures
    window wave_of as (partition by benchmark_source, wave, metric)

)

select
    benchmark_source,
    wave,
    {{ cast_or_null('wave_day', 'date') }} as wave_date,
    company,
    metric,
    score,
    n,
    promoters,
    detractors,
    score_variance,
    is_own,
    is_industry,
    case when is_own = 1 then best_competitor end as best_competitor,
    case when is_own = 1 then mean_competitor end as mean_competitor,
    case when is_own = 1 then best_competitor_variance end as best_competitor_variance,
    case when is_own = 1 then industry end as industry
from compared
