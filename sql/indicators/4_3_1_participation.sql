-- 4.3.1: residents who took part in formal or non-formal learning in the academic year.
-- Grain: one row for each academic year and cell of the published table.
select
    -- Indicator: stem of its files.
    '4_3_1_participation' as indicator,
    -- Academic year.
    population.academic_year as academic_year,
    -- Age band.
    population.age as age,
    -- F, M or _T.
    population.sex as sex,
    -- Kind of provision: formal_only, nonformal_only, both or _T.
    provision.code as provision,
    -- Fifth of deprivation, Q1 the most deprived, or _T.
    population.deprivation as deprivation,
    -- Setting.
    '_T' as setting,
    -- Theme.
    '_T' as theme,
    -- Distinct persons: an unprotected count.
    cast(coalesce(sum(participant.persons), 0) as bigint) as numerator,
    -- The same if everybody were joined who may be one person.
    cast(coalesce(sum(participant.persons_low), 0) as bigint) as numerator_low,
    -- The same if nobody doubtful were joined.
    cast(coalesce(sum(participant.persons_high), 0) as bigint) as numerator_high,
    -- Sum of their rounding keys, modulo 4096.
    cast(coalesce(sum(participant.key_sum), 0) % 4096 as integer) as cell_key,
    -- Resident population.
    population.persons as denominator,
    -- Who is counted above the line.
    'resident' as numerator_basis,
    -- Who is counted below the line.
    'resident' as denominator_basis
from core.population_cell as population
cross join (values ('_T'), ('formal_only'), ('nonformal_only'), ('both')) as provision (code)
left join core.participant_cell as participant
    on population.academic_year = participant.academic_year
    and participant.age between population.first_age and population.last_age
    and population.sex in ('_T', participant.sex)
    and population.deprivation in ('_T', participant.deprivation)
    and provision.code in ('_T', participant.provision)
where population.scheme = 'participation'
    and (population.deprivation = '_T' or (population.sex = '_T' and provision.code = '_T'))
    and population.deprivation <> 'U'
group by
    population.academic_year, population.age, population.sex, population.deprivation, population.persons,
    provision.code
