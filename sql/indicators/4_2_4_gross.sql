-- 4.2.4, as it was: residents of any age in early childhood educational development or pre-primary education. A row's
-- age is the first that the level is meant for, so that each level stands in its own age band.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, enrolled.stage_first_age as age, cell.sex,
    cell.breakdown, cell.category, cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
join (
    select distinct profile_id, stage_first_age
    from core.activity
    where stage in ('early_childhood', 'pre_primary')
) as enrolled on cell.profile_id = enrolled.profile_id
