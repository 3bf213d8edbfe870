-- Local: residents who learn within two kilometres of home, of all of whom the distance is known. Who learns in several
-- places counts by the nearest.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
select
    part.part, academic_year, 'resident' as basis, age, sex, '_T' as breakdown, '_T' as category, home_id,
    count(*) as persons, sum(if_all_joined) as persons_low, sum(if_none_joined) as persons_high,
    sum(record_key) as key_sum
from core.participation
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or distance_from = 0
where residence = 'city' and distance_from is not null
group by part.part, academic_year, age, sex, home_id
