-- 4.1.3: residents who are in the last grade of primary or of lower secondary education, of any age. A row's age is
-- the one that their grade is meant for; of two grades, the higher.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, grade.intended_age as age, cell.sex, cell.breakdown, cell.category,
    cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
join (
    select profile_id, max(intended_age) as intended_age
    from core.activity
    where intended_age is not null
    group by profile_id
) as grade on cell.profile_id = grade.profile_id
