-- Behind the share of young people not found: residents recorded in education or training. What is published is the rest.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
