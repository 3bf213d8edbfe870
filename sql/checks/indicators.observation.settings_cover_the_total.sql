-- The total is at least its largest setting and at most the sum of its settings; likewise for themes.
with cell as (
    select
        academic_year,
        max(numerator) filter (where breakdown = '_T') as total,
        max(numerator) filter (where breakdown = 'setting') as largest_setting,
        sum(numerator) filter (where breakdown = 'setting') as all_settings,
        max(numerator) filter (where breakdown = 'theme') as largest_theme,
        sum(numerator) filter (where breakdown = 'theme') as all_themes
    from indicators.observation
    where indicator = 'local_setting_theme'
    group by academic_year
)

select academic_year
from cell
where total not between largest_setting and all_settings or total not between largest_theme and all_themes
