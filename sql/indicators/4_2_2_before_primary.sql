-- 4.2.2: residents enrolled at ISCED level 0 or 1. Whether Reception is ISCED 02 or 1 changes nothing here.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
where profile_id in (select profile_id from core.activity where isced in ('01', '02', '1'))
