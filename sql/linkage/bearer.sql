-- Who is written down under an identifier: a learner number, a pupil number or a provider's own reference.
-- Grain: one row for each identifier and each different name, date of birth and learner number written down with it.
with claim as (
    select profile_id, 'uln' as kind, uln as identifier from linkage.profile where uln is not null
    union all
    select profile_id, 'upn' as kind, upn as identifier from linkage.profile where upn is not null
    union all
    select profile_id, 'local' as kind, concat_ws(':', collection, provider_id, local_ref) as identifier
    from linkage.profile
)

select
    -- Identifies the bearer.
    row_number() over (order by min(claim.profile_id), claim.kind) as bearer_id,
    -- uln, upn, or local (a provider's own reference).
    claim.kind as kind,
    -- The number, or format, provider and reference.
    claim.identifier as identifier,
    -- All given names.
    profile.given_names as given_names,
    -- First given name.
    profile.given_name as given_name,
    -- The common form of the first given name.
    profile.given_form as given_form,
    -- Family name.
    profile.family_name as family_name,
    -- Date of birth.
    profile.birth_date as birth_date,
    -- Learner number.
    profile.uln as uln,
    -- Whether first name and date of birth are both known, so that two bearers can be told apart.
    profile.given_name is not null and profile.birth_date is not null as distinct_enough,
    -- How many different bearers the identifier has.
    count(*) over (partition by claim.kind, claim.identifier) as bearers,
    -- Profiles that say so.
    list(claim.profile_id) as profile_ids
from claim
join linkage.profile as profile on claim.profile_id = profile.profile_id
group by
    claim.kind, claim.identifier, profile.given_names, profile.given_name, profile.given_form,
    profile.family_name, profile.birth_date, profile.uln
