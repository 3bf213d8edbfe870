-- Each cell of an indicator is there once.
select
    indicator, academic_year, age, sex, provision, deprivation, decile, ward, ethnicity, disability, level, sector,
    next_sector, provider_kind, panel, place, setting, theme
from indicators.observation
group by all
having count(*) > 1
