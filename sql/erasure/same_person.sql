-- Records of all persons of whom one has this date of birth. Asked for by an erasure, and never stored.
-- Grain: one row for each record.
with person as (
    select distinct link.person_id as person_id
    from staging.learning_record as record
    join identity.person_link as link on record.record_id = link.record_id
    where record.birth_date = $birth_date
)

select
    -- Pseudonym of the person.
    link.person_id as person_id,
    -- Whose return it came in.
    receipt.provider as sender,
    -- The extract format.
    record.collection as collection,
    -- Unique learner number.
    record.uln as uln,
    -- Unique pupil number.
    record.upn as upn,
    -- The provider's own reference for the learner.
    record.local_ref as reference,
    -- Family name as sent.
    record.family_name as family_name,
    -- Given names as sent.
    record.given_names as given_names,
    -- Date of birth.
    record.birth_date as birth_date,
    -- Home postcode.
    record.postcode as postcode
from identity.person_link as link
join person on link.person_id = person.person_id
join staging.learning_record as record on link.record_id = record.record_id
join accepted.receipt as receipt on record.return_no = receipt.return_no
