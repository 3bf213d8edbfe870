-- 4.1.5: pupils two or more years older than their grade is meant for, of all pupils of the level. A row's age is the
-- one that their grade is meant for; of two grades, the higher.
-- Grain: one row for each cell of core.learner_cell.
with pupil as (
    select cell.*, grade.intended_age
    from core.learner_cell as cell
    join (
        select profile_id, max(intended_age) as intended_age
        from core.activity
        where intended_age is not null
        group by profile_id
    ) as grade on cell.profile_id = grade.profile_id
)

select
    part.part, academic_year, basis, intended_age as age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from pupil
join (values ('numerator', 2), ('denominator', null)) as part (part, years_older)
    on part.years_older is null or age >= intended_age + part.years_older
