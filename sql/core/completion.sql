-- Persons who have completed a level of education on record, in every year from the one after.
-- Grain: one row for each person, academic year and level. Age and home are carried on from the last year in which the
-- person is on record, so that whoever learns no longer is still there.
with year as (
    select academic_year, start_year from core.academic_year
),

completed as (
    -- The last grade of a level: whoever was in it has completed it the year after, as England moves pupils up by age.
    select enrolment.person_id, stage.stage as level, min(year.start_year) + 1 as since
    from core.enrolment as enrolment
    join year on enrolment.academic_year = year.academic_year
    join reference.stage as stage on enrolment.intended_age = stage.last_age
    where stage.isced in ('1', '24', '34')
    group by enrolment.person_id, stage.stage
    union all
    -- A qualification at upper secondary level or above.
    select enrolment.person_id, 'upper_secondary' as level, min(year.start_year) as since
    from core.enrolment as enrolment
    join year on enrolment.academic_year = year.academic_year
    where enrolment.outcome = 'achieved' and enrolment.isced in ('34', '35', '44', '45', '54', '55', '6', '7', '8')
    group by enrolment.person_id
),

first_completed as (
    select person_id, level, min(since) as since
    from completed
    group by person_id, level
)

select
    -- Pseudonym of the person.
    first_completed.person_id as person_id,
    -- Academic year.
    year.academic_year as academic_year,
    -- primary, lower_secondary or upper_secondary.
    first_completed.level as level,
    -- The last academic year, up to this one, in which the person is on record: of which home and sex are.
    arg_max(seen.academic_year, seen_year.start_year) as seen_year,
    -- Age in completed years on 31 August of this year; null where not known.
    cast(arg_max(seen.age + year.start_year - seen_year.start_year, seen_year.start_year) as smallint) as age
from first_completed
join year on year.start_year >= first_completed.since
join core.participation as seen on first_completed.person_id = seen.person_id
join year as seen_year on seen.academic_year = seen_year.academic_year and seen_year.start_year <= year.start_year
group by first_completed.person_id, year.academic_year, first_completed.level
