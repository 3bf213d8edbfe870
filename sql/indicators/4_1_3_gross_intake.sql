-- 4.1.3: residents who are in the last grade of primary or of lower secondary education for the first time, of any age. A
-- row's age is the one that their grade is meant for. Who was in the same grade the year before repeats it.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
select
    'numerator' as part, home.academic_year, 'resident' as basis, home.intended_age as age, home.sex,
    '_T' as breakdown, '_T' as category, home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.pupil as home
left join core.pupil as before
    on home.person_id = before.person_id and before.start_year = home.start_year - 1
where home.residence = 'city' and coalesce(before.intended_age <> home.intended_age, true)
group by all
