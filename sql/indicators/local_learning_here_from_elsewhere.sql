-- Local: people who learn in the city and live elsewhere, of all who learn in it and whose home is known. Counted where
-- they learn: never over residents.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
with here as (
    select distinct whole_id as profile_id
    from core.profile_part
    where breakdown = 'place' and category = 'city'
)

select
    part.part, home.academic_year, 'provider' as basis, home.age, home.sex, '_T' as breakdown, '_T' as category,
    home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.participation as home
join here on home.profile_id = here.profile_id
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or home.residence = 'elsewhere'
where home.residence in ('city', 'elsewhere')
group by all
