-- 4.1.2: residents who have completed a level on record, three to five years above the age its last grade is meant for.
-- Those who learn no longer count where they were last seen to live.
-- Grain: one row for each cell that somebody is in.
select
    'numerator' as part, completion.academic_year, 'resident' as basis, completion.age, home.sex, home.breakdown,
    home.category,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.completion as completion
join reference.stage as stage
    on completion.level = stage.stage and completion.age between stage.last_age + 3 and stage.last_age + 5
join core.person_home as home
    on completion.person_id = home.person_id and completion.seen_year = home.academic_year
where home.residence = 'city' and stage.isced in ('1', '24', '34')
group by all
