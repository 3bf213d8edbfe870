-- How much of what is owed stands: returns, and the learners that their senders had the year before, as the providers know
-- them: of every year of which a return stands, released or not, as it decides which are.
-- Grain: one row for each academic year and extract format, and one for all formats (_T).
with owed as (
    select academic_year, collection, sender_id, bool_or(stands) as stands
    from core.expected_return
    group by academic_year, collection, sender_id
),

answering as (
    -- Whose return in a year speaks for a provider's learners: its own while it owes one, then that of who took it over.
    select
        owed.academic_year, owed.collection, succession.provider_id,
        arg_min(owed.sender_id, succession.step) as sender_id, arg_min(owed.stands, succession.step) as stands
    from core.provider_succession as succession
    join reference.provider_class as provider on succession.answers_id = provider.provider_id
    join owed on provider.sender_id = owed.sender_id
    group by owed.academic_year, owed.collection, succession.provider_id
),

learner as (
    -- Learners of each format the year before, by the sender that answers for them.
    select answering.academic_year, answering.collection, answering.stands, known.learners
    from identity.provider_learner as known
    join reference.academic_year as before on known.academic_year = before.academic_year
    join reference.academic_year as year on before.start_year + 1 = year.start_year
    join answering
        on year.academic_year = answering.academic_year and known.collection = answering.collection
        and known.provider_id = answering.provider_id
),

measured as (
    select academic_year, collection, 1 as expected, cast(stands as integer) as standing, 0 as learners, 0 as covered
    from core.expected_return
    union all
    select academic_year, collection, 0 as expected, 0 as standing, learners, if(stands, learners, 0) as covered
    from learner
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
    -- Share of the learners of the year before for whom a return stands, their sender's or its successor's; null in the first year.
    sum(covered) / nullif(sum(learners), 0) as share_of_last_years_learners
from measured
group by grouping sets ((academic_year, collection), (academic_year))
