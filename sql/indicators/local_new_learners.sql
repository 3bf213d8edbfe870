-- Local: adults who learn for the first time on record, of all adults who learn. In the first year of which enough has come
-- nearly everybody would be new: that year is left out.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
select
    part.part, home.academic_year, 'resident' as basis, home.age, home.sex, '_T' as breakdown, '_T' as category,
    home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.participation as home
join core.person as person on home.person_id = person.person_id
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or person.first_academic_year = home.academic_year
where home.residence = 'city' and home.academic_year > (
    select min(year.academic_year) from core.academic_year as year where year.is_released
)
group by all
