-- Local: residents who achieved a qualification at upper secondary level or above that they had at no earlier year on
-- record, by level and in all.
-- Grain: one row for each kind of persons and home (core.home_part), or level, that somebody is of.
with first_achieved as (
    select person_id, level, min(academic_year) as academic_year
    from core.enrolment
    where outcome = 'achieved' and isced in ('34', '35', '44', '45', '54', '55', '6', '7', '8')
    group by person_id, level
),

achiever as (
    -- Levels as they are published.
    select distinct
        first_achieved.person_id, first_achieved.academic_year, coalesce(merged.published_as, first_achieved.level) as level
    from first_achieved
    left join core.merged_category as merged
        on merged.dimension = 'level' and first_achieved.level = merged.category
    union all
    -- At several levels in a year, and once in all.
    select distinct person_id, academic_year, cast(null as varchar) as level
    from first_achieved
)

select
    'numerator' as part, home.academic_year, 'resident' as basis, home.age, home.sex,
    if(achiever.level is null, '_T', 'level') as breakdown, coalesce(achiever.level, '_T') as category,
    if(achiever.level is null, home.home_id, null) as home_id,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from core.participation as home
join achiever on home.person_id = achiever.person_id and home.academic_year = achiever.academic_year
where home.residence = 'city'
group by all
