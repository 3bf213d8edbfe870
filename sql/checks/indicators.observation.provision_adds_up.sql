-- Formal only, non-formal only and both are three groups that make up all participants.
select indicator, academic_year, age, sex
from indicators.observation
where indicator = '4_3_1_participation' and deprivation = '_T'
group by indicator, academic_year, age, sex
having sum(numerator) filter (where provision <> '_T') <> sum(numerator) filter (where provision = '_T')
