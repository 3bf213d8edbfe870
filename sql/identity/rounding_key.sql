-- The number that decides how a count the person is in is rounded. Restricted: never leaves the pipeline.
-- Grain: one row for each person. First 12 bits of HMAC-SHA-256 under the rounding key (methodology 6.4, step 1).
select
    -- Pseudonym of the person.
    person_id,
    -- 0 to 4095.
    cast('0x' || substring(sha256(
        cast(getvariable('rounding_outer_key') as blob)
        || unhex(sha256(cast(getvariable('rounding_inner_key') as blob) || encode(cast(person_id as varchar))))
    ), 1, 3) as integer) as record_key
from (select distinct person_id from identity.person_link)
