-- Vocational participants at 15 to 24 are among all participants of that age.
select part.academic_year, part.sex, part.deprivation
from indicators.observation as part
join indicators.observation as whole
    on part.academic_year = whole.academic_year and part.age = whole.age and part.sex = whole.sex
    and part.deprivation = whole.deprivation and whole.indicator = '4_3_1_participation'
    and whole.provision = '_T'
where part.indicator = '4_3_3_vocational' and part.numerator > whole.numerator
