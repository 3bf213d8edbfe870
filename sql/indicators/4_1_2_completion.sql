-- 4.1.2: residents who have completed a level on record, three to five years above the age its last grade is meant for.
-- Those who learn no longer count where they were last seen to live.
-- Grain: one row for each kind of persons and home (core.home_part) that somebody is of.
with completed as (
    select completion.*
    from core.completion as completion
    join reference.stage as stage
        on completion.level = stage.stage and completion.age between stage.last_age + 3 and stage.last_age + 5
    where stage.isced in ('1', '24', '34')
)

select
    'numerator' as part, completed.academic_year, 'resident' as basis, completed.age, home.sex, '_T' as breakdown,
    '_T' as category, home.home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.participation as home
join completed on home.person_id = completed.person_id and home.academic_year = completed.seen_year
where home.residence = 'city'
group by all
