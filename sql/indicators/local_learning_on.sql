-- Local: residents who learned in the year before and learn on in the year, of all who learned then; by the sector they
-- learned in, and by the one they learn on in. Home, sex and age are of the year before.
-- Grain: one row for each kind of persons and home (core.home_part), or pair of sectors, that somebody is of.
with sectors as (
    select whole_id as profile_id, list_sort(list(distinct category)) as names
    from core.profile_part
    where breakdown = 'sector'
    group by whole_id
),

learner as (
    select participation.*, year.start_year, sectors.names
    from core.participation as participation
    join core.academic_year as year on participation.academic_year = year.academic_year and year.is_released
    join sectors on participation.profile_id = sectors.profile_id
),

flow as (
    select
        after.academic_year, home.age, home.sex, home.home_id, home.names as sectors, later.names as next_sectors,
        later.names is not null as learns_on, home.if_all_joined, home.if_none_joined, home.record_key
    from learner as home
    join core.academic_year as after on after.start_year = home.start_year + 1
    left join learner as later on home.person_id = later.person_id and after.start_year = later.start_year
    where home.residence = 'city'
),

counted as (
    select
        academic_year, age, sex, home_id, sectors, next_sectors, learns_on, grouping(home_id) = 0 as by_home,
        count(*) as persons, sum(if_all_joined) as persons_low, sum(if_none_joined) as persons_high,
        sum(record_key) as key_sum
    from flow
    group by grouping sets (
        (academic_year, age, sex, learns_on, home_id),
        (academic_year, age, sex, learns_on, sectors, next_sectors)
    )
),

-- From each sector, and from any, to each sector, and to any: who goes there, and of how many.
pair as (
    select counted.*, unnest(list_append(sectors, '_T')) as sector from counted where not by_home
),

moved as (
    select 'numerator' as part, pair.*, unnest(list_append(next_sectors, '_T')) as next_sector
    from pair
    where learns_on
    union all
    select 'denominator' as part, pair.*, category.category as next_sector
    from pair
    join core.category as category on category.breakdown in ('next_sector', '_T')
)

select
    part.part, academic_year, 'resident' as basis, age, sex, '_T' as breakdown, '_T' as category, home_id,
    persons, persons_low, persons_high, key_sum
from counted
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or learns_on
where by_home
union all
select
    part, academic_year, 'resident' as basis, age, sex,
    case when next_sector = '_T' then 'sector' when sector = '_T' then 'next_sector' else 'sector_next_sector' end
        as breakdown,
    case when next_sector = '_T' then sector when sector = '_T' then next_sector else concat(sector, '/', next_sector) end
        as category,
    null as home_id, persons, persons_low, persons_high, key_sum
from moved
where sector <> '_T' or next_sector <> '_T'
