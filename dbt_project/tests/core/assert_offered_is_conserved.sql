-- Every offered contact is exactly one of answered, abandoned, flowed out, waiting; who was not
-- offered is none of them.
select
    contact_id,
    is_offered,
    is_answered + is_abandoned + is_flow_out + is_waiting as outcomes
from {{ ref('fct_contact') }}
where is_offered <> is_answered + is_abandoned + is_flow_out + is_waiting
