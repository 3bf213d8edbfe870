-- The records of each return add up to the rows that were kept of it, and each has an outcome that is documented.
-- severity: warn
select receipt.return_id
from accepted.receipt as receipt
left join core.reconciliation as reconciled on receipt.return_id = reconciled.return_id
group by receipt.return_id, receipt.kept
having sum(coalesce(reconciled.records, 0)) <> receipt.kept
    or coalesce(bool_or(reconciled.outcome = 'unexplained'), false)
