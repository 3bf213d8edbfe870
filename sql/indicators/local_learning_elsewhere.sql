-- Local: residents who learn outside the city, of all who learn.
-- Grain: one row for each cell of core.learner_cell.
select
    part.part, academic_year, basis, age, sex, breakdown, category, persons, persons_low, persons_high, key_sum
from core.learner_cell
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator'
    or profile_id in (select profile_id from core.activity where place = 'elsewhere')
