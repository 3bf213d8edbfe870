-- Senders whose return stands had at least 98 of 100 of last year's learners.
-- severity: warn
select academic_year, collection
from core.coverage
where share_of_last_years_learners < 0.98
