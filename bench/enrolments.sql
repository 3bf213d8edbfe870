-- Enrolments drawn at random, in the shape of core.enrolment: as many as getvariable('enrolments'), of three persons to
-- ten enrolments over five years. What is learned goes by age; everything else is drawn from what a city has, and
-- now and then is not known, or another in each of a person's records.
-- Grain: one row for each enrolment.
with drawn as (
    select
        i,
        cast(hash(i) % (cast(getvariable('enrolments') as bigint) * 3 // 10) as bigint) as person,
        cast(2020 + hash(i, 'year') % 5 as integer) as start_year,
        -- Four of five courses that a person takes in a year are of one kind, at one provider.
        if(hash(i, 'other') % 5 = 0, i, -1 - person) as kind,
        hash(kind, 'what') as what, hash(kind, 'theme') as subject, hash(kind, 'provider') as provider,
        hash(i, 'end') as ended
    from range(cast(getvariable('enrolments') as bigint)) as t (i)
),

person as (
    select
        drawn.*,
        -- Half are of school age or younger.
        cast(if(hash(person, 'young') % 2 = 0, hash(person, 'age') % 24, 18 + hash(person, 'age') % 62) as integer)
            - (2024 - start_year) as age,
        if(hash(person, 'sex') % 2 = 0, 'F', 'M') as sex,
        hash(person, 'home') as home, hash(person, 'group') as ethnic, hash(person, 'disability') as disabled
    from drawn
),

learned as (
    select
        person.*,
        case
            when age < 3 then '01'
            when age < 5 then '02'
            when age < 11 then '1'
            when age < 14 then '24'
            when age < 18 then ['34', '35', '34', '34', '34', '35', '34', '45'][cast(1 + what % 8 as bigint)]
            else ['NF', 'NF', '24', '25', '34', '35', '44', '45', '54', '55', '6', '7', '8', '9'][cast(1 + what % 14 as bigint)]
        end as isced,
        -- One pupil in eight is in a lower grade than meant for the age, by one, two or three years.
        case
            when age between 5 and 17 then greatest(5, age - if(hash(person, 'held back') % 8 = 0, 1 + person % 3, 0))
        end as intended_age
    from person
    where age >= 0
),

placed as (
    select
        learned.*,
        case
            when age < 16 then 'early years and schools'
            when isced in ('6', '7', '8') then 'higher education'
            when isced = 'NF' then 'adult and community'
            else 'further education'
        end as sector
    from learned
)

select
    i as enrolment_id, i as record_id,
    cast(md5_number(cast(person as varchar)) as uuid) as person_id,
    'local' as linked_by,
    if(person % 100 = 0, cast(i % 2 as bigint), null) as finer_id,
    cast(null as bigint) as coarser_id,
    concat(sector, provider % 40) as provider_id,
    'ilr' as collection,
    concat(start_year, '/', lpad(cast((start_year + 1) % 100 as varchar), 2, '0')) as academic_year,
    concat('course ', what % 500) as course,
    make_date(start_year, 9, 1) as start_date,
    make_date(start_year + 1, 7, 1) as end_date,
    isced,
    if(isced = 'NF', 'NF', concat('ISCED11_', substring(isced, 1, 1))) as level,
    if(isced = 'NF', ['community', 'family', 'workplace'][cast(1 + subject % 3 as bigint)], 'institution') as setting,
    if(age < 16, 'general_schooling', themes.names[cast(1 + subject % len(themes.names) as bigint)]) as theme,
    if(i % 97 = 0, null, cast(age as smallint)) as age,
    if(i % 50 = 0, 'U', sex) as sex,
    case when i % 89 = 0 then 'unknown' when home % 20 = 0 then 'elsewhere' else 'city' end as residence,
    if(home % 20 = 0 or i % 89 = 0, null, areas.codes[cast(1 + home % len(areas.codes) as bigint)]) as lsoa21_code,
    ['asian', 'black', 'mixed', 'white', 'white', 'white', 'other', null][cast(1 + ethnic % 8 as bigint)] as ethnicity,
    ['PD', 'PWD', 'PWD', 'PWD', null][cast(1 + disabled % 5 as bigint)] as disability,
    cast(intended_age as smallint) as intended_age,
    if(provider % 50 = 0, 'elsewhere', 'city') as place,
    if(place = 'city', areas.wards[cast(1 + provider % len(areas.wards) as bigint)], null) as place_ward,
    cast([0, 0, 2, 5, 10, null][cast(1 + hash(person, provider) % 6 as bigint)] as utinyint) as distance_from,
    if(age between 16 and 18, cast([300, 485, 580, 580, null][cast(1 + what % 5 as bigint)] as smallint), null) as hours_from,
    case when age < 16 then null else ['achieved', 'achieved', 'completed', 'withdrawn', null][cast(1 + ended % 5 as bigint)] end
        as outcome,
    coalesce(outcome = 'withdrawn' and hash(i, 'left early') % 3 = 0, false) as left_early,
    sector,
    case sector when 'early years and schools' then 'school' when 'higher education' then 'university'
        when 'further education' then 'college' else 'library' end as provider_kind,
    if(provider % 4 = 0, 'other', 'constant') as panel,
    hash(placed.isced, setting, theme, placed.sector, panel, placed.intended_age, place) as activity_id
from placed
cross join (select list(lsoa21_code) as codes, list(distinct ward23_code) as wards from core.area) as areas
cross join (select list(distinct theme) as names from reference.theme) as themes
