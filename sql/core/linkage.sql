-- By what the persons of each provider are recognised, and how far doubt goes: the quality of the linkage.
-- Grain: one row for each academic year, provider and tier, with nobody in it or with some: a row that is there only
-- if somebody is would tell of them. _T stands for all. A person recognised in several ways counts at the strongest,
-- so tiers add up to persons. Of released years. Providers whose numbers nobody publishes stand together.
with known as (
    select
        enrolment.academic_year, coalesce(merged.published_as, enrolment.provider_id) as provider_id, enrolment.person_id,
        min(case enrolment.linked_by when 'uln' then 1 when 'upn' then 2 when 'names' then 3 else 4 end) as tier
    from core.enrolment as enrolment
    left join core.merged_category as merged
        on merged.dimension = 'provider' and enrolment.provider_id = merged.category
    where enrolment.academic_year in (select year.academic_year from core.academic_year as year where year.is_released)
    group by all
),

everywhere as (
    select academic_year, provider_id, person_id, tier from known
    union all
    select academic_year, '_T' as provider_id, person_id, min(tier) as tier
    from known
    group by academic_year, person_id
),

counted as (
    select
        everywhere.academic_year, everywhere.provider_id, coalesce(everywhere.tier, 0) as tier, count(*) as persons,
        sum(participation.if_all_joined) as persons_low, sum(participation.if_none_joined) as persons_high,
        sum(rounding.record_key) as key_sum
    from everywhere
    join core.participation as participation
        on everywhere.person_id = participation.person_id and everywhere.academic_year = participation.academic_year
    join identity.rounding_key as rounding on everywhere.person_id = rounding.person_id
    group by grouping sets (
        (everywhere.academic_year, everywhere.provider_id, everywhere.tier),
        (everywhere.academic_year, everywhere.provider_id)
    )
),

place as (
    select distinct everywhere.academic_year, everywhere.provider_id, tier.tier, tier.linked_by
    from everywhere
    cross join (values (0, '_T'), (1, 'uln'), (2, 'upn'), (3, 'names'), (4, 'local')) as tier (tier, linked_by)
)

select
    -- Academic year.
    place.academic_year as academic_year,
    -- The provider; _O, others together (core.merged_category); or _T.
    place.provider_id as provider_id,
    -- Its name; null of all providers together.
    case place.provider_id when '_O' then 'Others, put together' else provider.provider_name end as provider_name,
    -- uln, upn, names (by name, date of birth and what else is written), local (a reference alone), or _T.
    place.linked_by as linked_by,
    -- Distinct persons: an unprotected count.
    coalesce(counted.persons, 0) as persons,
    -- Persons if everybody doubtful were joined.
    cast(coalesce(counted.persons_low, 0) as bigint) as persons_low,
    -- Persons if nobody doubtful were joined.
    cast(coalesce(counted.persons_high, 0) as bigint) as persons_high,
    -- Sum of their rounding keys, modulo 2^40.
    cast(coalesce(counted.key_sum, 0) % (1::bigint << 40) as bigint) as cell_key
from place
left join counted
    on place.academic_year = counted.academic_year and place.provider_id = counted.provider_id
    and place.tier = counted.tier
left join core.provider as provider on place.provider_id = provider.provider_id
