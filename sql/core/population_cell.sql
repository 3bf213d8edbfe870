-- Resident population of the age bands that indicators use: the denominators.
-- Grain: one row for each academic year, age band of a scheme, sex and fifth of deprivation, totals (_T) included.
select
    -- Academic year.
    population.academic_year as academic_year,
    -- Which set of age bands: a person is in more than one.
    band.scheme as scheme,
    -- Age band.
    band.band as age,
    -- First age of the band, in completed years on 31 August.
    band.first_age as first_age,
    -- Last age of the band; 999 where it is open.
    band.last_age as last_age,
    -- F, M or _T.
    case when grouping(population.sex) = 1 then '_T' else population.sex end as sex,
    -- Q1 to Q5, U or _T.
    case when grouping(population.deprivation) = 1 then '_T' else population.deprivation end as deprivation,
    -- Residents, rounded half up to whole persons.
    cast((sum(population.twelfths) + 6) // 12 as bigint) as persons
from core.population as population
join reference.age_band as band
    on population.age between band.first_age and band.last_age
group by
    grouping sets (
        (population.academic_year, band.scheme, band.band, band.first_age, band.last_age),
        (population.academic_year, band.scheme, band.band, band.first_age, band.last_age, population.sex),
        (population.academic_year, band.scheme, band.band, band.first_age, band.last_age, population.deprivation),
        (
            population.academic_year, band.scheme, band.band, band.first_age, band.last_age,
            population.sex, population.deprivation
        )
    )
