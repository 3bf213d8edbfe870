-- How many learners each provider has, by its own references: known before anybody knows who is the same person, and so
-- before it is decided which academic year is released.
-- Grain: one row for each academic year, extract format and provider. Only learning of at least one day within the year.
select
    -- Academic year.
    record.academic_year as academic_year,
    -- The extract format.
    record.collection as collection,
    -- The provider.
    record.provider_id as provider_id,
    -- Learners: different references of the provider; a record without one is a learner of its own.
    count(distinct coalesce(record.local_ref, concat('record ', record.record_id))) as learners
from staging.learning_record as record
join reference.academic_year as year on record.academic_year = year.academic_year
where coalesce(record.start_date <= year.last_day, true)
    and coalesce(record.end_date >= year.first_day, true)
group by record.academic_year, record.collection, record.provider_id
