-- Providers of whose learning there are records in every year: like for like, whatever others begin or cease to report.
-- Grain: one row for each provider. Providers that merged are one: they are here if, together, they have records of every
-- year, and none of them came later than the first year, but for who took over others.
with merged as (
    select provider_id, arg_max(answers_id, step) as last_heir_id
    from core.provider_succession
    group by provider_id
),

recorded as (
    select distinct
        record.academic_year, record.provider_id, coalesce(merged.last_heir_id, record.provider_id) as last_heir_id
    from identity.learning_record as record
    left join merged on record.provider_id = merged.provider_id
),

from_the_first_year as (
    select provider_id
    from recorded
    where academic_year = (select min(academic_year) from core.academic_year)
),

heir as (
    select succession.answers_id as provider_id
    from core.provider_succession as succession
    join from_the_first_year on succession.provider_id = from_the_first_year.provider_id
),

constant as (
    select last_heir_id
    from recorded
    group by last_heir_id
    having count(distinct academic_year) = (select count(*) from core.academic_year)
        and bool_and(
            provider_id in (select provider_id from from_the_first_year) or provider_id in (select provider_id from heir)
        )
)

select distinct
    -- The provider.
    recorded.provider_id as provider_id
from recorded
join constant on recorded.last_heir_id = constant.last_heir_id
