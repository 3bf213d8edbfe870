-- Providers of whose learning there are records in every year in which providers are compared (core.academic_year): like for
-- like, whatever others begin or cease to report, and whoever reports first of a year that is not released.
-- Grain: one row for each provider. Providers that merged are one: they are here if, together, they have records of every
-- year, and none of them came later than the first year, but for who took over others.
with compared as (
    select academic_year from core.academic_year where is_compared
),

merged as (
    select provider_id, arg_max(answers_id, step) as last_heir_id
    from core.provider_succession
    group by provider_id
),

recorded as (
    select distinct
        record.academic_year, record.provider_id, coalesce(merged.last_heir_id, record.provider_id) as last_heir_id
    from identity.learning_record as record
    left join merged on record.provider_id = merged.provider_id
    where record.academic_year in (select academic_year from compared)
),

-- Recorded in the first year, or heir of one that was: each provider is its own first heir.
there_at_first as (
    select coalesce(succession.answers_id, recorded.provider_id) as provider_id
    from recorded
    left join core.provider_succession as succession on recorded.provider_id = succession.provider_id
    where recorded.academic_year = (select min(academic_year) from compared)
),

constant as (
    select last_heir_id
    from recorded
    group by last_heir_id
    having count(distinct academic_year) = (select count(*) from compared)
        and bool_and(provider_id in (select provider_id from there_at_first))
)

select distinct
    -- The provider.
    recorded.provider_id as provider_id
from recorded
join constant on recorded.last_heir_id = constant.last_heir_id
