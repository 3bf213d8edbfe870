-- Local, Key Feature 2.2.1: places in the city where non-formal learning takes place.
-- Grain: one row for each academic year.
select
    'numerator' as part, academic_year, 'provider' as basis, cast(null as smallint) as age, 'U' as sex,
    '_T' as breakdown, '_T' as category,
    places as persons, places as persons_low, places as persons_high, key_sum
from identity.community_site
