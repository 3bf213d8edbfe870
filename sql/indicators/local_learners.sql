-- Local: residents who took part in learning, of any age.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
