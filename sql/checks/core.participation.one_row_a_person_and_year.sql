-- A person is counted once in an academic year.
select person_id, academic_year
from core.participation
group by person_id, academic_year
having count(*) > 1
