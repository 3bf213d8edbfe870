-- 4.3.2: residents of any age enrolled at ISCED levels 5 to 8. A row's age is the first that the level is meant for.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, enrolled.stage_first_age as age, cell.sex,
    cell.breakdown, cell.category, cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
join (
    select distinct profile_id, stage_first_age from core.activity where stage = 'tertiary'
) as enrolled on cell.profile_id = enrolled.profile_id
