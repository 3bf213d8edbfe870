-- UIS: pupils of the last grade of primary education who are in the first grade of lower secondary education the year
-- after, of all pupils of that grade who are in no lower one then. Home, sex and age are of the year they are counted from.
-- Grain: one row for each cell that somebody is in.
with grade as (
    select
        enrolment.person_id, enrolment.academic_year, year.start_year, max(enrolment.intended_age) as intended_age
    from core.enrolment as enrolment
    join core.academic_year as year on enrolment.academic_year = year.academic_year
    where enrolment.intended_age is not null
    group by enrolment.person_id, enrolment.academic_year, year.start_year
),

leaver as (
    select
        grade.person_id, grade.academic_year as base_year, after.academic_year,
        next_grade.intended_age = primary_school.last_age + 1 as moved_on
    from grade
    join reference.stage as primary_school
        on primary_school.stage = 'primary' and grade.intended_age = primary_school.last_age
    join core.academic_year as after on after.start_year = grade.start_year + 1
    left join grade as next_grade
        on grade.person_id = next_grade.person_id and next_grade.start_year = grade.start_year + 1
    -- Who repeats the grade is not ready to move on.
    where coalesce(next_grade.intended_age > primary_school.last_age, true)
)

select
    part.part, leaver.academic_year, 'resident' as basis, home.age, home.sex, home.breakdown, home.category,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from leaver
join core.person_home as home on leaver.person_id = home.person_id and leaver.base_year = home.academic_year
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or leaver.moved_on
where home.residence = 'city'
group by all
