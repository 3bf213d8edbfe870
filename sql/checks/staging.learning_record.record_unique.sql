-- No two records share a number.
select record_id
from staging.learning_record
group by record_id
having count(*) > 1
