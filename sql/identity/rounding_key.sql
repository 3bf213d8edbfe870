-- The number that decides how a count the person is in is rounded. Restricted: never leaves the pipeline.
-- Grain: one row for each person. It has 40 bits of HMAC-SHA-256 under the rounding key: the last twelve of them, the
-- digest's first, decide (methodology 6.4, step 1); all of them tell one set of persons from another.
with digest as (
    select
        person_id,
        sha256(
            cast(getvariable('rounding_outer_key') as blob)
            || unhex(sha256(cast(getvariable('rounding_inner_key') as blob) || encode(cast(person_id as varchar))))
        ) as digest
    from (select distinct person_id from identity.person_link)
)

select
    -- Pseudonym of the person.
    person_id,
    -- 0 to 2^40 - 1.
    cast(concat('0x', substring(digest, 4, 7), substring(digest, 1, 3)) as bigint) as record_key
from digest
