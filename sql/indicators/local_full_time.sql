-- Local: residents on a full-time programme, of all whose planned hours are known. Who learns at several providers counts
-- by the one where most hours are planned.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
select
    part.part, academic_year, 'resident' as basis, age, sex, '_T' as breakdown, '_T' as category, home_id,
    count(*) as persons, sum(if_all_joined) as persons_low, sum(if_none_joined) as persons_high,
    sum(record_key) as key_sum
from core.participation
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or hours_from = 580
where residence = 'city' and hours_from is not null
group by part.part, academic_year, age, sex, home_id
