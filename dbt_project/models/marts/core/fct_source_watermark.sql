-- One row per source and landed table that facts wait for: the instant up to which it is known. The age of
-- the data is that of the oldest.
select
    source_system,
    resource,
    watermark_at
from {{ ref('stg_kontakti__watermarks') }}
where {{ is_as_of_resource('source_system', 'resource') }}
