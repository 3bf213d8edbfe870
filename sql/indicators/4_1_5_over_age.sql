-- 4.1.5: pupils two or more years older than their grade is meant for, of all pupils of the level. A row's age is the
-- one that their grade is meant for; of two grades, the higher.
-- Grain: one row for each cell of core.learner_cell.
select
    part.part, pupil.academic_year, pupil.basis, grade.intended_age as age, pupil.sex, pupil.breakdown, pupil.category,
    pupil.persons, pupil.persons_low, pupil.persons_high, pupil.key_sum
from core.learner_cell as pupil
join core.profile_grade as grade on pupil.profile_id = grade.profile_id
join (values ('numerator', 2), ('denominator', null)) as part (part, years_older)
    on part.years_older is null or pupil.age >= grade.intended_age + part.years_older
