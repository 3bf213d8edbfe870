-- Every record is linked to exactly one person.
select record.record_id
from staging.learning_record as record
left join identity.person_link as link on record.record_id = link.record_id
group by record.record_id
having count(link.person_id) <> 1
