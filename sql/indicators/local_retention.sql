-- Local: courses that were stayed on to the end, achieved or not, of all that ended.
-- Grain: one row for each cell of core.ended_course.
select
    part.part, course.academic_year, course.basis, course.age, course.sex, course.breakdown, course.category, course.home_id,
    course.courses as persons, course.courses as persons_low, course.courses as persons_high, course.key_sum
from core.ended_course as course
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or course.outcome in ('achieved', 'completed')
