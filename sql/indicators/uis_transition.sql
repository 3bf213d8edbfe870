-- UIS: pupils of the last grade of primary education who are in the first grade of lower secondary education the year
-- after, of all pupils of that grade who are in no lower one then. Home, sex and age are of the year they are counted from.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
select
    part.part, after.academic_year, 'resident' as basis, home.age, home.sex, '_T' as breakdown, '_T' as category,
    home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.pupil as home
join reference.stage as primary_school
    on primary_school.stage = 'primary' and home.intended_age = primary_school.last_age
join core.academic_year as before on home.academic_year = before.academic_year and before.is_released
join core.academic_year as after on after.start_year = home.start_year + 1
left join core.pupil as later on home.person_id = later.person_id and after.start_year = later.start_year
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or later.intended_age = primary_school.last_age + 1
where home.residence = 'city'
    -- Who repeats the grade is not ready to move on.
    and coalesce(later.intended_age > primary_school.last_age, true)
group by all
