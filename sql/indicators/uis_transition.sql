-- UIS: pupils of the last grade of primary education who are in the first grade of lower secondary education the year
-- after, of all pupils of that grade who are in no lower one then. Home, sex and age are of the year they are counted from.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
with grade as (
    select profile_id, max(intended_age) as intended_age
    from core.activity
    group by profile_id
),

pupil as (
    select participation.*, year.start_year, grade.intended_age, primary_school.last_age
    from core.participation as participation
    join core.academic_year as year on participation.academic_year = year.academic_year
    join grade on participation.profile_id = grade.profile_id
    join reference.stage as primary_school on primary_school.stage = 'primary'
    where grade.intended_age is not null
)

select
    part.part, after.academic_year, 'resident' as basis, home.age, home.sex, '_T' as breakdown, '_T' as category,
    home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from pupil as home
join core.academic_year as after on after.start_year = home.start_year + 1
left join pupil as later on home.person_id = later.person_id and after.start_year = later.start_year
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or later.intended_age = later.last_age + 1
where home.residence = 'city' and home.intended_age = home.last_age
    -- Who repeats the grade is not ready to move on.
    and coalesce(later.intended_age > later.last_age, true)
group by all
