-- Residents who took part in learning, counted once for all indicators. Restricted: the cells are small.
-- Grain: one row for each academic year, age group, sex, category of a breakdown, and profile. Within a
-- breakdown by what is learned (level, sector, ...) a person is in each category of it, with the profile of what was
-- learned there; of every other breakdown a person is in one category.
with person_year as (
    select participation.* replace (coalesce(age_group.first_age, participation.age) as age)
    from core.participation as participation
    left join reference.age_group as age_group on participation.age = age_group.age
    where participation.residence = 'city'
),

by_home as (
    select
        academic_year, age, sex, profile_id,
        case
            when grouping(ward) = 0 then 'ward'
            when grouping(deprivation) = 0 then 'deprivation'
            when grouping(decile) = 0 then 'decile'
            when grouping(ethnicity) = 0 then 'ethnicity'
            when grouping(disability) = 0 then 'disability'
            else '_T'
        end as breakdown,
        coalesce(ward, deprivation, decile, ethnicity, disability, '_T') as category,
        count(*) as persons,
        sum(if_all_joined) as persons_low,
        sum(if_none_joined) as persons_high,
        sum(record_key) as key_sum
    from person_year
    group by grouping sets (
        (academic_year, age, sex, profile_id),
        (academic_year, age, sex, profile_id, ward),
        (academic_year, age, sex, profile_id, deprivation),
        (academic_year, age, sex, profile_id, decile),
        (academic_year, age, sex, profile_id, ethnicity),
        (academic_year, age, sex, profile_id, disability)
    )
),

part as (
    select distinct whole_id, breakdown, category, profile_id
    from core.profile_part
    where breakdown <> '_T'
),

cell as (
    select academic_year, age, sex, breakdown, category, profile_id, persons, persons_low, persons_high, key_sum
    from by_home
    union all
    select
        by_home.academic_year, by_home.age, by_home.sex, part.breakdown, part.category, part.profile_id,
        sum(by_home.persons) as persons, sum(by_home.persons_low) as persons_low,
        sum(by_home.persons_high) as persons_high, sum(by_home.key_sum) as key_sum
    from by_home
    join part on by_home.profile_id = part.whole_id
    where by_home.breakdown = '_T'
    group by
        by_home.academic_year, by_home.age, by_home.sex, part.breakdown, part.category, part.profile_id
)

select
    -- Academic year.
    academic_year,
    -- Who is counted: residents, wherever they learn.
    'resident' as basis,
    -- First age of a group of ages that no indicator tells apart (reference.age_group); null where age is not known.
    age,
    -- F, M or U (not known).
    sex,
    -- By what persons are broken down: ward, deprivation, decile, provision, level, sector, ..., or _T.
    breakdown,
    -- Which category of it, or _T.
    category,
    -- What they learn there (core.activity).
    profile_id,
    -- Distinct persons.
    cast(persons as bigint) as persons,
    -- Persons if everybody doubtful were joined.
    cast(persons_low as bigint) as persons_low,
    -- Persons if nobody doubtful were joined.
    cast(persons_high as bigint) as persons_high,
    -- Sum of their rounding keys.
    cast(key_sum as bigint) as key_sum
from cell
