-- Academic years for which at least one return stands, and which of them are released. Which one a release is of is the
-- city's decision (release_year in city.toml), else the last one of which enough has come: a first return of the next year
-- makes no release of it. Released are the years up to that one, from the first of which enough has come.
-- Grain: one row for each academic year.
with learners as (
    -- As the providers know them, and how many there were in the last year before of which a return stands.
    select academic_year, sum(learners) as learners, lag(sum(learners)) over (order by academic_year) as learners_before
    from identity.provider_learner
    group by academic_year
),

recorded as (
    select
        year.*, rule.release_year,
        -- The share of learners where there was a year before; and of the returns that are owed, however few learners
        -- the others have: a year of one return is none, nor is one in which nothing was owed. A city that keeps no list
        -- of what is owed has but the number of learners to go by.
        case
            when exists (from core.expected_return)
                then coalesce(coverage.share_of_last_years_learners >= rule.least_learners, true)
                and coalesce(coverage.returns_standing > rule.more_than_returns * coverage.returns_expected, false)
            else coalesce(learners.learners > rule.more_than_returns * learners.learners_before, true)
        end as is_sufficient
    from reference.academic_year as year
    cross join reference.release_rule as rule
    left join core.coverage as coverage
        on year.academic_year = coverage.academic_year and coverage.collection = '_T'
    left join learners on year.academic_year = learners.academic_year
    where year.academic_year in (select receipt.academic_year from accepted.receipt as receipt)
),

bound as (
    select
        -- A year that was published stays released, whatever is withdrawn of it: its figures are withheld then.
        coalesce(
            any_value(release_year),
            greatest(
                max(academic_year) filter (where is_sufficient), cast(getvariable('published_year') as varchar)
            )
        ) as last_year,
        min(academic_year) filter (where is_sufficient) as first_sufficient_year
    from recorded
),

released as (
    select
        recorded.*,
        -- None, where nothing is enough and the city names no year.
        coalesce(
            recorded.academic_year between least(bound.first_sufficient_year, bound.last_year) and bound.last_year, false
        ) as is_released
    from recorded
    cross join bound
)

select
    -- As people write it: 2024/25.
    academic_year,
    -- Calendar year in which it starts.
    start_year,
    -- 1 August.
    first_day,
    -- 31 July.
    last_day,
    -- SDMX TIME_PERIOD: the year in which it ends.
    time_period,
    -- Whether enough has come: returns of enough of last year's learners, and of enough of those that are owed.
    is_sufficient,
    -- Whether figures of it are published. Nothing that is published rests on a year of which none are.
    is_released,
    -- Whether providers are compared in it, like for like: released, and enough has come; where that is so of no year, each
    -- that is released.
    is_released
    and (is_sufficient or not bool_or(is_released and is_sufficient) over ()) as is_compared
from released
