-- Places in the city where non-formal learning takes place: how many, and nothing of who learns there.
-- Grain: one row for each academic year. A place is a postcode of delivery, else the provider's main site, else the
-- provider.
with place as (
    select distinct
        record.academic_year,
        coalesce(record.delivery_postcode, provider.postcode, record.provider_id) as place
    from staging.learning_record as record
    join identity.learning_record as learned on record.record_id = learned.record_id
    join reference.academic_year as year on record.academic_year = year.academic_year
    left join reference.provider_class as provider on record.provider_id = provider.provider_id
    where learned.isced = 'NF' and learned.place = 'city'
        and coalesce(learned.start_date <= year.last_day, true)
        and coalesce(learned.end_date >= year.first_day, true)
),

digest as (
    select
        academic_year,
        sha256(
            cast(getvariable('rounding_outer_key') as blob)
            || unhex(sha256(cast(getvariable('rounding_inner_key') as blob) || encode(place)))
        ) as digest
    from place
)

select
    -- Academic year.
    academic_year,
    -- Places with at least one course.
    count(*) as places,
    -- Sum of their rounding keys, made as those of persons are (identity.rounding_key).
    sum(cast(concat('0x', substring(digest, 4, 7), substring(digest, 1, 3)) as bigint)) as key_sum
from digest
group by academic_year
