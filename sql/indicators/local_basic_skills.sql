-- Local: residents on courses in English, mathematics, ESOL or digital skills, up to level 2 or not formal.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
where profile_id in (
    select profile_id
    from core.activity
    where theme in ('essential_skills', 'digital_skills') and isced in ('24', '25', '34', '35', '9', 'NF')
)
