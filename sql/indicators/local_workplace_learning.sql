-- Local, Key Feature 2.3.1: residents who learn at work: apprentices, and learners of employers' courses.
-- Grain: one row for each cell of core.learner_cell.
select
    'numerator' as part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
where profile_id in (select profile_id from core.activity where setting = 'workplace')
