-- Local: residents who learn in two or more sectors in the year, of all who learn.
-- Grain: one row for each cell of core.learner_cell.
select
    part.part, academic_year, basis, age, sex, breakdown, category, persons, persons_low, persons_high, key_sum
from core.learner_cell
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator'
    or profile_id in (
        select profile_id from core.activity group by profile_id having count(distinct sector) > 1
    )
