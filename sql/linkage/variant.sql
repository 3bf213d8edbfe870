-- The different descriptions of each entity, which are compared with those of others. Lives in memory only.
-- Grain: one row for each entity and different name, date of birth, sex and postcode.
-- A number that several people bear tells nobody apart: it is taken for not known.
with shared as (
    select distinct bearer.kind, bearer.identifier
    from linkage.holder as holder
    join linkage.bearer as bearer on holder.bearer_id = bearer.bearer_id
    where holder.holders > 1 or not holder.kept
),

numbered as (
    select
        entity.entity_id, profile.*,
        min(case when shared_uln.kind is null then profile.uln end) over of_entity as uln_of_entity,
        min(case when shared_upn.kind is null then profile.upn end) over of_entity as upn_of_entity
    from linkage.profile as profile
    join linkage.entity as entity on profile.profile_id = entity.profile_id
    left join shared as shared_uln on shared_uln.kind = 'uln' and profile.uln = shared_uln.identifier
    left join shared as shared_upn on shared_upn.kind = 'upn' and profile.upn = shared_upn.identifier
    window of_entity as (partition by entity.entity_id)
)

select
    -- Identifies the variant.
    row_number() over (order by entity_id, min(profile_id)) as variant_id,
    -- The entity it describes.
    entity_id as entity_id,
    -- All given names.
    given_names as given_names,
    -- First given name.
    given_name as given_name,
    -- The common form of the first given name.
    given_form as given_form,
    -- Family name.
    family_name as family_name,
    -- Former family name.
    former_family_name as former_family_name,
    -- Date of birth, as eight digits.
    strftime(birth_date, '%Y%m%d') as born,
    -- F or M.
    sex as sex,
    -- Home postcode.
    postcode as postcode,
    -- Learner number of the entity; of several, the least.
    uln_of_entity as uln,
    -- Pupil number of the entity; of several, the least.
    upn_of_entity as upn
from numbered
group by
    entity_id, given_names, given_name, given_form, family_name, former_family_name, birth_date, sex, postcode,
    uln_of_entity, upn_of_entity
