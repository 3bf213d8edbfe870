-- What becomes of the rows that were kept of each return: enrolments, or records that do not count, and why.
-- Grain: one row for each return that stands and outcome; the records of a return add up to the rows that were kept.
with record as (
    select
        record.return_no,
        case
            when record.not_counted is not null then record.not_counted
            when restated.record_id is not null then 'restated'
            when record.start_date > year.last_day or record.end_date < year.first_day then 'outside_year'
            when enrolment.record_id is not null then 'enrolment'
            else 'unexplained'
        end as outcome
    from staging.record as record
    left join core.academic_year as year on record.academic_year = year.academic_year
    left join identity.restated_record as restated on record.record_id = restated.record_id
    left join core.enrolment as enrolment on record.record_id = enrolment.record_id
)

select
    -- The return: hash of its place, names and bytes.
    receipt.return_id as return_id,
    -- The extract format.
    receipt.collection as collection,
    -- Who sent it.
    receipt.provider as sender_id,
    -- Academic year it is about.
    receipt.academic_year as academic_year,
    -- The part of the year it is about, where a format has several; else empty.
    receipt.part as part,
    -- Rows of the return that were kept, of the tables that become records.
    receipt.kept as kept,
    -- enrolment; restated by a later record of the same enrolment; outside_year, where the learning lies outside the
    -- academic year; or why the format does not count such a record (docs/rules). unexplained is a fault of the software.
    record.outcome as outcome,
    -- Records of that outcome.
    count(*) as records
from record
join accepted.receipt as receipt on record.return_no = receipt.return_no
group by all
