-- Local, Key Feature 2.6.3: adults who learned without a formal course two years before and were on one in either of the
-- two years after, of all who learned so. Where they lived, and their age, are of the year they are counted from.
-- Grain: one row for each cell that somebody is in.
with year as (
    select academic_year, start_year from core.academic_year
),

starter as (
    select participation.person_id, participation.academic_year as base_year, year.start_year
    from core.participation as participation
    join year on participation.academic_year = year.academic_year
    where participation.provision = 'nonformal_only'
),

formal as (
    select distinct participation.person_id, year.start_year
    from core.participation as participation
    join year on participation.academic_year = year.academic_year
    where participation.provision <> 'nonformal_only'
),

followed as (
    select
        starter.person_id, starter.base_year, after.academic_year,
        exists (
            select 1
            from formal
            where formal.person_id = starter.person_id
                and formal.start_year between starter.start_year + 1 and starter.start_year + 2
        ) as moved_on
    from starter
    join year as after on after.start_year = starter.start_year + 2
)

select
    part.part, followed.academic_year, 'resident' as basis, home.age, home.sex, home.breakdown, home.category,
    count(*) as persons, sum(home.if_all_joined) as persons_low, sum(home.if_none_joined) as persons_high,
    sum(home.record_key) as key_sum
from followed
join core.person_home as home
    on followed.person_id = home.person_id and followed.base_year = home.academic_year
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or followed.moved_on
where home.residence = 'city'
group by all
