-- What bringing the population to 31 August does: both ways of it side by side, and which one stands below the line.
-- Grain: one row for each released academic year and single year of age for which there are estimates before and after it;
-- not the open-ended oldest age. Where nobody moves, both are the same; at the ages at which students arrive, they are not.
with june as (
    -- Whole numbers of the city, whether they come by small area or in all.
    select year(count.reference_date) as year, count.age, sum(count.persons) as persons
    from reference.population as count
    left join core.area as area on count.area_code = area.lsoa21_code
    where month(count.reference_date) = 6
        and (area.lsoa21_code is not null or count.area_code = (select area_code from reference.city))
    group by year(count.reference_date), count.age
),

used as (
    select distinct academic_year, age, alignment from core.population
),

aligned as (
    select
        academic_year.academic_year, same.age, used.alignment,
        10 * same.persons + 2 * coalesce(younger.persons, 0) as forward,
        2 * same_after.persons + 10 * older_after.persons as backward
    from core.academic_year as academic_year
    join june as same on same.year = academic_year.start_year
    join june as same_after on same_after.year = academic_year.start_year + 1 and same_after.age = same.age
    join june as older_after on older_after.year = academic_year.start_year + 1 and older_after.age = same.age + 1
    left join june as younger on younger.year = academic_year.start_year and younger.age = same.age - 1
    join used on used.academic_year = academic_year.academic_year and used.age = same.age
    -- Nobody is younger than 0, and who is of the oldest age before may still be so after.
    where academic_year.is_released and same.age > 0 and same.age < (select max(age) - 1 from june)
)

select
    -- Academic year.
    academic_year,
    -- Age in completed years on 31 August at its start.
    age,
    -- forward, backward or unaligned: which way stands below the line.
    alignment,
    -- Residents brought forward from the June before: 10/12 of the age and 2/12 of the one below.
    forward / 12 as forward,
    -- Residents brought backward from the June after: 2/12 of the age and 10/12 of the one above.
    backward / 12 as backward,
    -- Backward over forward; null where nobody is there forward.
    backward / nullif(forward, 0) as ratio
from aligned
