-- Resident population of the city, aligned to 31 August at the start of each academic year.
-- Grain: one row for each academic year, age, sex, ward and tenth of deprivation.
-- Mid-year estimates are of 30 June. People aged a on 31 August t are, birthdays being spread evenly, 10/12 of
-- those aged a and 2/12 of those aged a - 1 on 30 June t (forward), or 2/12 of those aged a and 10/12 of those
-- aged a + 1 on 30 June t + 1 (backward). Backward is used at the ages at which people arrive in September
-- (city profile), because in June t they are still counted where they lived before. Where there is no
-- mid-year estimate for the year, the latest count before it stands as it is (unaligned).
with estimate as (
    -- Counts are of small areas, or of the whole city: ward and deprivation are then not known.
    select
        count.reference_date, year(count.reference_date) as year, count.age, count.sex,
        coalesce(area.ward23_code, 'U') as ward,
        coalesce('D' || area.imd2025_decile, 'U') as decile,
        sum(count.persons) as persons
    from reference.population as count
    left join core.area as area on count.area_code = area.lsoa21_code
    where area.lsoa21_code is not null or count.area_code = (select area_code from reference.city)
    group by all
),

dated as (
    select
        academic_year.academic_year, academic_year.start_year,
        max(estimate.reference_date) filter (where month(estimate.reference_date) = 6
            and estimate.year = academic_year.start_year) as this_june,
        max(estimate.reference_date) filter (where month(estimate.reference_date) = 6
            and estimate.year = academic_year.start_year + 1) as next_june,
        max(estimate.reference_date) filter (where estimate.reference_date <= academic_year.first_day) as latest
    from core.academic_year as academic_year
    cross join (select distinct reference_date, year from estimate) as estimate
    group by academic_year.academic_year, academic_year.start_year
),

oldest as (
    select max(age) as age from estimate
),

cell as (
    select
        dated.academic_year, age.age, sex.sex, place.ward, place.decile,
        case
            when dated.this_june is null then 'unaligned'
            when age.age between city.backward_first_age and city.backward_last_age
                and dated.next_june is not null then 'backward'
            else 'forward'
        end as alignment,
        dated.this_june, dated.next_june, dated.latest
    from dated
    -- Each age, sex and place, whether or not anybody was counted there: those a year younger may grow into it.
    cross join (select distinct age from estimate) as age
    cross join (select distinct sex from estimate) as sex
    cross join (select distinct ward, decile from estimate) as place
    cross join reference.city as city
),

-- Each cell gathers one or two single years of age of one count, in twelfths of a person.
share as (
    select cell.*, estimate.persons * 12 as twelfths, estimate.reference_date
    from cell
    join estimate
        on estimate.reference_date = cell.latest and estimate.age = cell.age
        and estimate.sex = cell.sex and estimate.ward = cell.ward and estimate.decile = cell.decile
    where cell.alignment = 'unaligned'
    union all
    -- The same age: all of it where nobody ages out (the open-ended oldest group) or in (age 0).
    select
        cell.*,
        estimate.persons * case
            when cell.alignment = 'backward' then 2
            when cell.age = 0 or cell.age = (select age from oldest) then 12
            else 10
        end as twelfths,
        estimate.reference_date
    from cell
    join estimate
        on estimate.reference_date = case when cell.alignment = 'backward' then cell.next_june else cell.this_june end
        and estimate.age = cell.age
        and estimate.sex = cell.sex and estimate.ward = cell.ward and estimate.decile = cell.decile
    where cell.alignment <> 'unaligned'
    union all
    -- The neighbouring age: one year younger before, or one year older after.
    select
        cell.*,
        estimate.persons * case when cell.alignment = 'backward' then 10 else 2 end as twelfths,
        estimate.reference_date
    from cell
    join estimate
        on estimate.reference_date = case when cell.alignment = 'backward' then cell.next_june else cell.this_june end
        and estimate.age = cell.age + case when cell.alignment = 'backward' then 1 else -1 end
        and estimate.sex = cell.sex and estimate.ward = cell.ward and estimate.decile = cell.decile
    where cell.alignment <> 'unaligned'
)

select
    -- Academic year.
    academic_year,
    -- Age in completed years on 31 August at its start; the highest age means that age and over.
    age,
    -- F or M.
    sex,
    -- GSS code of the ward; U where the source does not say.
    ward,
    -- National tenth of area deprivation, D1 the most deprived; U where the source does not say.
    decile,
    -- National fifth of area deprivation, Q1 the most deprived; U where the source does not say.
    coalesce('Q' || ((try_cast(substring(decile, 2) as integer) + 1) // 2), 'U') as deprivation,
    -- forward, backward or unaligned.
    alignment,
    -- The date of the count or estimate it comes from.
    max(reference_date) as reference_date,
    -- Residents, in twelfths of a person: whole numbers, so that sums are exact.
    cast(sum(twelfths) as bigint) as twelfths
from share
group by academic_year, age, sex, ward, decile, alignment
