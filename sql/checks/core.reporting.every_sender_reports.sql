-- Of every sender in the register a return stands in every academic year.
-- severity: warn
select sender.sender_id, year.academic_year
from (select distinct sender_id from reference.provider) as sender
cross join core.academic_year as year
left join accepted.receipt as receipt
    on sender.sender_id = receipt.provider and year.academic_year = receipt.academic_year
where receipt.provider is null
