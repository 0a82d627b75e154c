-- One row per stretch of time in which a case is on a schedule of its own, half-open; the first
-- stretch holds from the case's creation. Cases that no source puts on a schedule run on the
-- opening hours of their queue and are not here.
with

listed as (

    select * from {{ ref('stg_files__case_schedules') }}

)

select
    source_dataset || ':' || native_case_id as case_id,
    schedule_id,
    case
        when row_number() over (partition by source_dataset, native_case_id order by valid_from) = 1
            then timestamp '1970-01-01 00:00:00'
        else valid_from
    end as from_at,
    coalesce(valid_to, timestamp '2200-01-01 00:00:00') as to_at
from listed
