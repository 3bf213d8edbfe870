-- The total is at least its largest setting and at most the sum of its settings; likewise for themes.
select academic_year
from indicators.observation
where indicator = 'local_setting_theme'
group by academic_year
having sum(numerator) filter (where setting = '_T' and theme = '_T')
    not between max(numerator) filter (where setting <> '_T' and theme = '_T')
    and sum(numerator) filter (where setting <> '_T' and theme = '_T')
    or sum(numerator) filter (where setting = '_T' and theme = '_T')
    not between max(numerator) filter (where setting = '_T' and theme <> '_T')
    and sum(numerator) filter (where setting = '_T' and theme <> '_T')
