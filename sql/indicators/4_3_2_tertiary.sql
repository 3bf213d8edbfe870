-- 4.3.2: residents of any age enrolled at ISCED levels 5 to 8. A row's age is the first that the level is meant for.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, enrolled.first_age as age, cell.sex, cell.breakdown, cell.category,
    cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
join (
    select distinct activity.profile_id, stage.first_age
    from core.activity as activity
    join reference.stage as stage on activity.isced = stage.isced
    where stage.stage = 'tertiary'
    ) as enrolled on cell.profile_id = enrolled.profile_id
