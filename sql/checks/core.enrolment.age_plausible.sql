-- Ages lie between -1 (born in the academic year) and 115.
-- severity: warn
select enrolment_id
from core.enrolment
where age < -1 or age > 115
