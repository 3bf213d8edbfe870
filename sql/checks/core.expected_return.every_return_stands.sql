-- Of every return that is owed, one stands.
-- severity: warn
select academic_year, sender_id, collection, part
from core.expected_return
where not stands
