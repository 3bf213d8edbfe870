-- Records that a later one restates: of several of one person, provider, academic year, course and start date, all but
-- that of the latest return. Few are.
-- Grain: one row for each record that does not stand.
with fingerprint as not materialized (
    -- Read twice rather than held: the rows are wide.
    select
        record_id, person_id, provider_id, academic_year, course, start_date,
        hash(person_id, provider_id, academic_year, course, start_date) as fingerprint
    from identity.learning_record
)

select
    -- The record.
    record_id
from fingerprint
-- Only records that share a fingerprint are compared in full.
where fingerprint in (select fingerprint from fingerprint group by fingerprint having count(*) > 1)
qualify row_number() over (
    partition by person_id, provider_id, academic_year, course, start_date
    order by record_id desc
) > 1
