-- Returns that are owed, and whether one stands; of academic years for which at least one stands.
-- Grain: one row for each academic year, sender, extract format and part of the year.
select
    -- Academic year.
    year.academic_year as academic_year,
    -- Who owes it.
    expected.sender_id as sender_id,
    -- The extract format.
    expected.collection as collection,
    -- The part of the year, where a format has several; else empty.
    coalesce(expected.part, '') as part,
    -- Whether an accepted return stands.
    receipt.return_id is not null as stands
from reference.expected_return as expected
join reference.academic_year as year
    on year.academic_year >= expected.first_year
    and coalesce(year.academic_year <= expected.last_year, true)
left join accepted.receipt as receipt
    on expected.sender_id = receipt.provider and expected.collection = receipt.collection
    and coalesce(expected.part, '') = receipt.part and year.academic_year = receipt.academic_year
where year.academic_year in (select standing.academic_year from accepted.receipt as standing)
