-- UIS: residents enrolled at a level, at the ages that the city's education means for it.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, cell.age, cell.sex, cell.breakdown, cell.category,
    cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
where exists (
    select 1
    from core.activity as activity
    where activity.profile_id = cell.profile_id and activity.stage in ('primary', 'lower_secondary', 'upper_secondary')
        and cell.age between activity.stage_first_age and activity.stage_last_age
)
