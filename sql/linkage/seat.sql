-- As whom providers know an entity, by academic year. Whom a provider has under two references in a year are two
-- people, unless a number says otherwise.
-- Grain: one row for each entity, provider, extract format, academic year and reference.
with known as (
    select
        entity.entity_id, profile.provider_id, profile.collection, profile.local_ref,
        unnest(profile.academic_years) as academic_year
    from linkage.profile as profile
    join linkage.entity as entity on profile.profile_id = entity.profile_id
)

select distinct
    -- The entity.
    entity_id as entity_id,
    -- Provider, extract format and academic year.
    concat_ws('/', provider_id, collection, academic_year) as unit,
    -- The provider's reference for the learner.
    local_ref as seat
from known
