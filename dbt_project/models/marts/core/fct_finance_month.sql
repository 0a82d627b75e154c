-- One row per cost centre and month of the ledger. A month that has not ended is not closed: what is
-- booked so far says nothing of its contacts.
with

months as (

    select * from {{ ref('stg_files__finance_months') }}
    qualify row_number() over (
        partition by cost_centre, month order by _dlt_load_id desc, source_dataset asc
    ) = 1

)

select
    cost_centre,
    cast(date_trunc('month', month) as date) as month_start_date,
    opex,
    operating_cash_flow,
    {{ flag(
        "date_trunc('month', month) < date_trunc('month', cast("
        ~ to_local(as_of(), "'" ~ var('default_timezone') ~ "'") ~ " as date))"
    ) }} as is_closed
from months
