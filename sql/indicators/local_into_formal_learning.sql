-- Local, Key Feature 2.6.3: adults who learned without a formal course two years before and were on one in either of the
-- two years after, of all who learned so. Where they lived, and their age, are of the year they are counted from.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
with learner as (
    select participation.*, year.start_year, participation.provision <> 'nonformal_only' as formal
    from core.participation as participation
    join core.academic_year as year on participation.academic_year = year.academic_year and year.is_released
),

moved as (
    select distinct home.person_id, home.start_year
    from learner as later
    join learner as home
        on later.person_id = home.person_id and later.start_year in (home.start_year + 1, home.start_year + 2)
    where later.formal and not home.formal
)

select
    part.part, after.academic_year, 'resident' as basis, home.age, home.sex, '_T' as breakdown, '_T' as category,
    home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from learner as home
join core.academic_year as after on after.start_year = home.start_year + 2
left join moved on home.person_id = moved.person_id and home.start_year = moved.start_year
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or moved.person_id is not null
where home.residence = 'city' and not home.formal
group by all
