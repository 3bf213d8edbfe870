-- How much of what is owed stands: returns, and the learners that their senders had the year before.
-- Grain: one row for each academic year and extract format, and one for all formats (_T).
with learner as (
    -- Learners of each format and sender that still owes the format the year after.
    select distinct
        year.academic_year, enrolment.collection, provider.sender_id, enrolment.person_id
    from core.enrolment as enrolment
    join core.academic_year as before on enrolment.academic_year = before.academic_year
    join core.academic_year as year on before.start_year + 1 = year.start_year
    join core.provider as provider on enrolment.provider_id = provider.provider_id
),

owed as (
    select academic_year, collection, sender_id, bool_or(stands) as stands
    from core.expected_return
    group by academic_year, collection, sender_id
),

measured as (
    select academic_year, collection, 1 as expected, cast(stands as integer) as standing, 0 as learners, 0 as covered
    from core.expected_return
    union all
    select
        learner.academic_year, learner.collection, 0 as expected, 0 as standing, 1 as learners,
        cast(owed.stands as integer) as covered
    from learner
    join owed
        on learner.academic_year = owed.academic_year and learner.collection = owed.collection
        and learner.sender_id = owed.sender_id
)

select
    -- Academic year.
    academic_year,
    -- The extract format, or _T.
    case when grouping(collection) = 1 then '_T' else collection end as collection,
    -- Returns that are owed.
    cast(sum(expected) as bigint) as returns_expected,
    -- Returns that stand.
    cast(sum(standing) as bigint) as returns_standing,
    -- Share of the learners that the senders had the year before whose sender's return stands; null in the first year.
    sum(covered) / nullif(sum(learners), 0) as share_of_last_years_learners
from measured
group by grouping sets ((academic_year, collection), (academic_year))
