-- Behind 4.1.4: residents who are found in formal learning, pre-primary or higher. What is published is the rest.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
where profile_id in (select profile_id from core.activity where isced not in ('NF', '01'))
