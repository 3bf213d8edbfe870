-- Resident population by what it can be broken down by: the denominators.
-- Grain: one row for each academic year, single year of age, sex, and category of a breakdown.
select
    -- Academic year.
    academic_year,
    -- Who is counted.
    'resident' as basis,
    -- Age in completed years on 31 August; the highest age means that age and over.
    age,
    -- F or M.
    sex,
    -- ward, deprivation, decile, or _T.
    case
        when grouping(ward) = 0 then 'ward'
        when grouping(deprivation) = 0 then 'deprivation'
        when grouping(decile) = 0 then 'decile'
        else '_T'
    end as breakdown,
    -- Which category of it, or _T.
    coalesce(ward, deprivation, decile, '_T') as category,
    -- Residents, in twelfths of a person: whole numbers, so that sums are exact.
    cast(sum(twelfths) as bigint) as twelfths
from core.population
group by grouping sets (
    (academic_year, age, sex),
    (academic_year, age, sex, ward),
    (academic_year, age, sex, deprivation),
    (academic_year, age, sex, decile)
)
