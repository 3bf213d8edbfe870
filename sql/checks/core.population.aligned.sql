-- The population of each year is aligned to 31 August from a mid-year estimate of that year.
-- severity: warn
select academic_year
from core.population
where alignment = 'unaligned'
