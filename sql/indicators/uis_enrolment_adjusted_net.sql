-- UIS: residents of the ages meant for a level who are enrolled at it or at a higher one.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, cell.academic_year, cell.basis, cell.age, cell.sex, cell.breakdown, cell.category,
    cell.persons, cell.persons_low, cell.persons_high, cell.key_sum
from core.learner_cell as cell
join reference.stage as meant on cell.age between meant.first_age and meant.last_age
where meant.isced in ('1', '24', '34')
    and exists (
        select 1
        from core.activity as activity
        where activity.profile_id = cell.profile_id and activity.isced not in ('9', 'NF')
            -- Post-secondary education (ISCED 4) is higher, though no age is meant for it.
            and substring(activity.isced, 1, 1) >= substring(meant.isced, 1, 1)
    )
