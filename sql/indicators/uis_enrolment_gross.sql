-- UIS: residents of any age enrolled at a level. A row's age is the first that the level is meant for, so that each
-- level stands in its own age band.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, enrolled.stage_first_age as age, cell.sex,
    cell.breakdown, cell.category, cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
join (
    select distinct profile_id, stage_first_age
    from core.activity
    where stage in ('primary', 'lower_secondary', 'upper_secondary')
) as enrolled on cell.profile_id = enrolled.profile_id
