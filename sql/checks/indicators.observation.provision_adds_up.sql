-- Formal only, non-formal only and both are three groups that make up all participants; where people of unknown age are
-- spread over them, each to the nearest person, to less than two.
select indicator, academic_year, age, sex
from indicators.observation
where indicator = '4_3_1_participation' and breakdown in ('_T', 'provision')
group by indicator, academic_year, age, sex
having abs(
    sum(numerator) filter (where breakdown = 'provision') - sum(numerator) filter (where breakdown = '_T')
) > if(bool_or(imputed), 1, 0)
