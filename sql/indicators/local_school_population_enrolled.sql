-- ISO 37120 6.1, 6.5 and 6.6: residents of school age enrolled at ISCED levels 1 to 3.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
where profile_id in (select profile_id from core.activity where isced in ('1', '24', '25', '34', '35'))
