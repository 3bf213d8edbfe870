-- No more learners than residents. Where there are, the population estimate or a residence is wrong.
-- severity: warn
select indicator, academic_year, age, sex, provision, deprivation
from indicators.observation
where numerator > denominator
