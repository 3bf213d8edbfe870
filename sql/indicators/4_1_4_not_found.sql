-- Behind 4.1.4: residents of school age who are found in formal learning, pre-primary or higher. What is published is the rest.
-- Grain: one row for each academic year and cell of the published table.
with counted as (
    select
        academic_year, age,
        case when grouping(sex) = 1 then '_T' else sex end as sex,
        case when grouping(deprivation) = 1 then '_T' else deprivation end as deprivation,
        count(*) as numerator,
        sum(record_key) % 4096 as cell_key
    from core.participant
    where scheme = 'school_age' and pre_primary_or_higher
    group by grouping sets (
        (academic_year, age), (academic_year, age, sex), (academic_year, age, deprivation)
    )
)

select
    -- Indicator: stem of its files.
    '4_1_4_not_found' as indicator,
    -- Academic year.
    population.academic_year as academic_year,
    -- Age band.
    population.age as age,
    -- F, M or _T.
    population.sex as sex,
    -- Kind of provision.
    '_T' as provision,
    -- Fifth of deprivation, Q1 the most deprived, or _T.
    population.deprivation as deprivation,
    -- Setting.
    '_T' as setting,
    -- Theme.
    '_T' as theme,
    -- Distinct persons: an unprotected count.
    coalesce(counted.numerator, 0) as numerator,
    -- Sum of their rounding keys, modulo 4096.
    cast(coalesce(counted.cell_key, 0) as integer) as cell_key,
    -- Resident population.
    population.persons as denominator,
    -- Who is counted above the line.
    'resident' as numerator_basis,
    -- Who is counted below the line.
    'resident' as denominator_basis
from core.population_cell as population
left join counted
    on population.academic_year = counted.academic_year and population.age = counted.age
    and population.sex = counted.sex and population.deprivation = counted.deprivation
where population.scheme = 'school_age'
    and (population.sex = '_T' or population.deprivation = '_T')
    and population.deprivation <> 'U'
