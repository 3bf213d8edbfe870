-- Fewer than a tenth of enrolments lack a level (ISCED 9): above that, 4.3.3 says too little.
-- severity: warn
select academic_year
from core.enrolment
group by academic_year
having 10 * count(*) filter (where isced = '9') > count(*)
