-- Local: women among residents in science, technology, engineering and computing above upper secondary level.
-- Grain: one row for each cell of core.learner_cell.
select
    part.part, academic_year, basis, age, sex, breakdown, category,
    persons, persons_low, persons_high, key_sum
from core.learner_cell
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or sex = 'F'
where sex in ('F', 'M')
    and profile_id in (
        select profile_id
        from core.activity
        where theme in ('science_and_environment', 'trades_and_engineering', 'digital_skills')
            and isced in ('44', '45', '54', '55', '6', '7', '8')
    )
