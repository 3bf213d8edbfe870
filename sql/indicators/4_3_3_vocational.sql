-- 4.3.3: residents in technical-vocational programmes at ISCED levels 2 to 5.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
where profile_id in (select profile_id from core.activity where isced in ('25', '35', '45', '55'))
