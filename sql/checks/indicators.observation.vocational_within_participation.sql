-- Vocational participants at 15 to 24 are among all participants of that age; not asked where unknown ages are spread
-- over the known, as they are by another share in each.
select part.academic_year, part.sex, part.deprivation
from indicators.observation as part
join indicators.observation as whole
    on part.academic_year = whole.academic_year and part.age = whole.age and part.sex = whole.sex
    and part.breakdown = whole.breakdown and part.deprivation = whole.deprivation
    and whole.indicator = '4_3_1_participation'
where part.indicator = '4_3_3_vocational' and part.numerator > whole.numerator and not part.imputed
