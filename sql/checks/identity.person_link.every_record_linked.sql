-- Every record is linked exactly once: both tables hold the same records, as often. Compared by number and
-- by fingerprint, which is as sure as a join and much faster.
with record as (
    select count(*) as records, bit_xor(hash(record_id)) as fingerprint
    from staging.learning_record
),

link as (
    select count(person_id) as records, bit_xor(hash(record_id)) as fingerprint
    from identity.person_link
)

select record.records, link.records
from record
cross join link
where record.records <> link.records or record.fingerprint <> link.fingerprint
