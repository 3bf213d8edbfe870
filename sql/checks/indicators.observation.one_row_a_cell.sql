-- Each cell of an indicator is there once.
select indicator, academic_year, age, sex, provision, deprivation, setting, theme
from indicators.observation
group by indicator, academic_year, age, sex, provision, deprivation, setting, theme
having count(*) > 1
