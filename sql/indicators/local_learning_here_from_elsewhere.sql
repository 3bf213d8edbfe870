-- Local: people who learn in the city and live elsewhere, of all who learn in it and whose home is known. Counted where
-- they learn: never over residents.
-- Grain: one row for each cell that somebody is in.
with learner as (
    select distinct person_id, academic_year
    from core.enrolment
    where place = 'city'
)

select
    part.part, home.academic_year, 'provider' as basis, home.age, home.sex, home.breakdown, home.category,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from learner
join core.person_home as home
    on learner.person_id = home.person_id and learner.academic_year = home.academic_year
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or home.residence = 'elsewhere'
where home.residence in ('city', 'elsewhere')
group by all
