-- Every cell that the catalogue asks for, with who is counted in it and of how many: the third change of grain.
-- Grain: one row for each indicator, released academic year, age band, sex, and category of a breakdown. Cells in which nobody
-- is counted are there too, but for those in which by definition nobody can be. Unprotected: what is published is made
-- from it.
with limited as (
    select indicator, breakdown
    from reference.indicator_only
    group by indicator, breakdown
),

cell as (
    select
        year.academic_year, indicator.indicator, indicator.formula, indicator.numerator_basis,
        indicator.denominator_basis, band.age, band.counted_from is not null as of_some_ages, sex.code as sex,
        asked.population_breakdown, category.breakdown, category.category, category.provision,
        category.deprivation, category.decile, category.ward, category.ethnicity, category.disability, category.level, category.sector, category.next_sector,
        category.provider_kind, category.panel, category.place, category.setting, category.theme
    from core.academic_year as year
    cross join reference.indicator as indicator
    join reference.indicator_band as band on indicator.indicator = band.indicator
    join reference.indicator_breakdown as asked on indicator.indicator = asked.indicator
    join core.category as category on asked.breakdown = category.breakdown
    join (values ('_T'), ('F'), ('M')) as sex (code) on sex.code = '_T' or asked.by_sex
    left join limited on asked.indicator = limited.indicator and asked.breakdown = limited.breakdown
    left join reference.indicator_only as possible
        on asked.indicator = possible.indicator and category.breakdown = possible.breakdown
        and category.category = possible.category
    where year.is_released
        -- Nobody is compared like for like where not enough has come.
        and (year.is_compared or category.breakdown <> 'panel')
        and (limited.indicator is null or possible.indicator is not null or category.category = '_O')
),

-- Whoever counts, without what they learned: small, whatever the city.
summed as (
    select
        indicator, part, academic_year, basis, age, sex, breakdown, category, home_id, sum(persons) as persons,
        sum(persons_low) as persons_low, sum(persons_high) as persons_high, sum(key_sum) as key_sum
    from indicators.counted
    group by indicator, part, academic_year, basis, age, sex, breakdown, category, home_id
),

-- Who stands there by home, in each breakdown of it.
placed as (
    select
        summed.* exclude (breakdown, category, home_id),
        coalesce(home.breakdown, summed.breakdown) as breakdown, coalesce(home.category, summed.category) as category
    from summed
    left join core.home_part as home on summed.home_id = home.home_id
),

-- Where the age of more than 5 % is not known, they are taken to be as old as the others: each count of some ages is
-- raised by everybody over those of known age, here per indicator and year. Up to 5 % are left out of every band (UN SDG
-- indicator metadata 4.2.2, UIS: the rule is about enrolment at the level).
unknown_ages as (
    select indicator, academic_year, sum(persons) as everybody, sum(persons) filter (where age is not null) as known
    from placed
    where part = 'numerator' and breakdown = '_T'
    group by indicator, academic_year
    having 20 * (everybody - known) > everybody and known > 0
),

counted as (
    select
        learner.indicator, learner.academic_year, band.age, learner.breakdown, learner.category,
        if(grouping(learner.sex) = 1, '_T', learner.sex) as sex,
        any_value(learner.basis) as basis,
        sum(learner.persons) filter (where learner.part = 'numerator') as numerator,
        sum(learner.persons_low) filter (where learner.part = 'numerator') as numerator_low,
        sum(learner.persons_high) filter (where learner.part = 'numerator') as numerator_high,
        sum(learner.key_sum) filter (where learner.part = 'numerator') as cell_key,
        sum(learner.persons) filter (where learner.part = 'denominator') as denominator,
        sum(learner.key_sum) filter (where learner.part = 'denominator') as denominator_key
    from placed as learner
    join reference.indicator_band as band
        on learner.indicator = band.indicator
        and (band.counted_from is null or learner.age between band.counted_from and band.counted_to)
    group by grouping sets (
        (learner.indicator, learner.academic_year, band.age, learner.breakdown, learner.category),
        (learner.indicator, learner.academic_year, band.age, learner.breakdown, learner.category, learner.sex)
    )
),

resident as (
    select
        population.academic_year, band.indicator, band.age, population.breakdown, population.category,
        if(grouping(population.sex) = 1, '_T', population.sex) as sex,
        any_value(population.basis) as basis,
        (sum(population.twelfths) + 6) // 12 as persons
    from core.population_cell as population
    join reference.indicator_band as band
        on population.age between band.population_from and band.population_to
    group by grouping sets (
        (population.academic_year, band.indicator, band.age, population.breakdown, population.category),
        (
            population.academic_year, band.indicator, band.age, population.breakdown, population.category,
            population.sex
        )
    )
),

spread as (
    select
        cell.*, counted.basis, counted.cell_key, counted.denominator, counted.denominator_key,
        unknown_ages.indicator is not null as imputed,
        coalesce(unknown_ages.everybody, 1) as of_any_age, coalesce(unknown_ages.known, 1) as of_known_age,
        -- To the nearest person, half up.
        (2 * counted.numerator * of_any_age + of_known_age) // (2 * of_known_age) as numerator,
        (2 * counted.numerator_low * of_any_age + of_known_age) // (2 * of_known_age) as numerator_low,
        (2 * counted.numerator_high * of_any_age + of_known_age) // (2 * of_known_age) as numerator_high
    from cell
    left join counted
        on cell.indicator = counted.indicator and cell.academic_year = counted.academic_year
        and cell.age = counted.age and cell.sex = counted.sex and cell.breakdown = counted.breakdown
        and cell.category = counted.category
    left join unknown_ages
        on cell.indicator = unknown_ages.indicator and cell.academic_year = unknown_ages.academic_year
        and cell.of_some_ages and cell.formula in ('rate', 'residual')
)

select
    -- Indicator: stem of its files.
    cell.indicator as indicator,
    -- Academic year.
    cell.academic_year as academic_year,
    -- Age band, or _T.
    cell.age as age,
    -- F, M or _T.
    cell.sex as sex,
    -- By what it is broken down, or _T; the category stands in the column of that name.
    cell.breakdown as breakdown,
    -- Kind of provision, or _T.
    cell.provision as provision,
    -- Fifth of deprivation, Q1 the most deprived, or _T.
    cell.deprivation as deprivation,
    -- Tenth of deprivation, D1 the most deprived, or _T.
    cell.decile as decile,
    -- GSS code of the ward, or _T.
    cell.ward as ward,
    -- Ethnic group, or _T.
    cell.ethnicity as ethnicity,
    -- PD with a disability or health problem, PWD without, or _T.
    cell.disability as disability,
    -- ISCED 2011 level, as SDMX codes it, or _T.
    cell.level as level,
    -- Sector of the provider, or _T.
    cell.sector as sector,
    -- Sector in which people learn on in the year after, or _T.
    cell.next_sector as next_sector,
    -- Kind of provider, or _T.
    cell.provider_kind as provider_kind,
    -- constant: with the providers that have records of every year; or _T.
    cell.panel as panel,
    -- Place of learning: city, elsewhere, or _T.
    cell.place as place,
    -- Setting, or _T.
    cell.setting as setting,
    -- Theme, or _T.
    cell.theme as theme,
    -- Distinct persons above the line.
    cast(coalesce(cell.numerator, 0) as bigint) as numerator,
    -- The same if everybody were joined who may be one person.
    cast(coalesce(cell.numerator_low, 0) as bigint) as numerator_low,
    -- The same if nobody doubtful were joined.
    cast(coalesce(cell.numerator_high, 0) as bigint) as numerator_high,
    -- Whether people of unknown age are in it by their likely share.
    cell.imputed as imputed,
    -- Sum of the rounding keys of those above the line, modulo 2^40.
    cast(coalesce(cell.cell_key, 0) % (1::bigint << 40) as bigint) as cell_key,
    -- Below the line: residents, or distinct persons (an unprotected count); null where nothing is.
    cast(case cell.formula
        when 'ratio' then coalesce(cell.denominator, 0)
        when 'count' then null
        else resident.persons
    end as bigint) as denominator,
    -- Sum of the rounding keys of the persons below the line, modulo 2^40; null where those are residents.
    cast(case when cell.formula = 'ratio' then coalesce(cell.denominator_key, 0) % (1::bigint << 40) end as bigint)
        as denominator_key,
    -- Who is counted above the line: the catalogue says so, and the model where it counted anybody.
    coalesce(cell.basis, cell.numerator_basis) as numerator_basis,
    -- Who is counted below the line.
    case cell.formula
        when 'ratio' then coalesce(cell.basis, cell.denominator_basis)
        when 'count' then null
        else resident.basis
    end as denominator_basis
from spread as cell
left join resident
    on cell.indicator = resident.indicator and cell.academic_year = resident.academic_year
    and cell.age = resident.age and cell.sex = resident.sex
    and resident.breakdown = cell.population_breakdown
    and resident.category = if(cell.population_breakdown = '_T', '_T', cell.category)
