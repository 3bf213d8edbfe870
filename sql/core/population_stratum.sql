-- Residents of each ward by age and deprivation at once: what a ward's learners are compared with.
-- Grain: one row for each released academic year, age band of an indicator, ward, and fifth of deprivation in which somebody
-- lives. Public: estimates of small areas, brought to 31 August.
with band as (
    select distinct age, population_from, population_to
    from reference.indicator_band
    where population_from is not null
)

select
    -- Academic year.
    population.academic_year as academic_year,
    -- Age band, as indicators have it.
    band.age as age,
    -- GSS code of the ward.
    population.ward as ward,
    -- National fifth of area deprivation, Q1 the most deprived.
    population.deprivation as deprivation,
    -- Residents, to the nearest person.
    cast((sum(population.twelfths) + 6) // 12 as bigint) as persons
from core.population as population
join core.academic_year as year on population.academic_year = year.academic_year
join band on population.age between band.population_from and band.population_to
where year.is_released and population.ward <> 'U' and population.deprivation <> 'U'
group by population.academic_year, band.age, population.ward, population.deprivation
