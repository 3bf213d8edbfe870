-- Academic years for which at least one return stands.
-- Grain: one row for each academic year.
select
    -- As people write it: 2024/25.
    year.academic_year as academic_year,
    -- Calendar year in which it starts.
    year.start_year as start_year,
    -- 1 August.
    year.first_day as first_day,
    -- 31 July.
    year.last_day as last_day,
    -- SDMX TIME_PERIOD: the year in which it ends.
    year.time_period as time_period
from reference.academic_year as year
where year.academic_year in (select receipt.academic_year from accepted.receipt as receipt)
