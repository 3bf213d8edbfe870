-- Who is the same person, under a pseudonym. Nothing that identifies anybody is left.
-- Grain: one row for each record.
-- A person's key is what the earliest of their profiles is known by: a learner number, else a pupil number, else
-- the provider's own reference. So it stays the same while records are added, whatever their order.
with held as (
    -- By what each profile is known. Where several people bear the identifier, who it is of them is added.
    select
        unnest(bearer.profile_ids) as profile_id,
        bearer.kind,
        bearer.identifier,
        holder.holders,
        concat_ws('/', strftime(first.birth_date, '%Y-%m-%d'), first.given_names, first.family_name) as who
    from linkage.holder as holder
    join linkage.bearer as bearer on holder.bearer_id = bearer.bearer_id
    join linkage.bearer as first on holder.holder = first.bearer_id
    where holder.kept
),

known as (
    select
        profile_id,
        min(case kind when 'uln' then 1 when 'upn' then 2 else 3 end) as strength,
        min_by(
            kind || ':' || identifier || case when holders > 1 then '/' || who else '' end,
            case kind when 'uln' then 1 when 'upn' then 2 else 3 end
        ) as key
    from held
    group by profile_id
),

placed as (
    select
        profile.profile_id, profile.record_ids, cluster.entity_id, cluster.person, cluster.finer, cluster.coarser,
        coalesce(known.strength, 4) as strength,
        -- A profile that no identifier may join is known by all it says.
        coalesce(known.key, 'profile:' || md5(concat_ws(
            '/', profile.collection, profile.provider_id, profile.local_ref, profile.uln, profile.upn,
            profile.given_names, profile.family_name, profile.birth_date, profile.sex, profile.postcode
        ))) as key,
        -- HMAC-SHA-256, as of the pseudonym below.
        cast('0x' || substring(sha256(
            cast(getvariable('person_outer_key') as blob)
            || unhex(sha256(cast(getvariable('person_inner_key') as blob) || encode('profile:' || concat_ws(
                '/', profile.collection, profile.provider_id, coalesce(profile.local_ref, '?'),
                coalesce(profile.uln, '?'), coalesce(profile.upn, '?'), coalesce(profile.given_names, '?'),
                coalesce(profile.family_name, '?'), coalesce(profile.former_family_name, '?'),
                coalesce(strftime(profile.birth_date, '%Y-%m-%d'), '?'), coalesce(profile.sex, '?'),
                coalesce(profile.postcode, '?')
            ))))
        ), 1, 16) as ubigint) as profile_key,
        profile.academic_years[1] as first_year
    from linkage.profile as profile
    join linkage.entity as entity on profile.profile_id = entity.profile_id
    join linkage.cluster as cluster on entity.entity_id = cluster.entity_id
    left join known on profile.profile_id = known.profile_id
),

person as (
    select
        person,
        any_value(coarser) as coarser,
        min_by(key, (first_year, strength, key)) as key,
        min(entity_id) < max(entity_id) as several_entities,
        min(finer) < max(finer) as several_finer
    from placed
    group by person
),

doubtful as (
    select coarser from person group by coarser having count(*) > 1
),

pseudonym as (
    -- HMAC-SHA-256 (RFC 2104) under the person key; its first 64 bits are the pseudonym.
    select
        person,
        several_entities,
        several_finer,
        cast('0x' || substring(sha256(
            cast(getvariable('person_outer_key') as blob)
            || unhex(sha256(cast(getvariable('person_inner_key') as blob) || encode(key)))
        ), 1, 16) as ubigint) as person_id
    from person
)

select
    -- The record.
    unnest(placed.record_ids) as record_id,
    -- Pseudonym of the person: the same in every return and year while the secret stays the same.
    pseudonym.person_id as person_id,
    -- Pseudonym of what the provider wrote down of the person: the same in every run while the secret stays the same.
    placed.profile_key as profile_key,
    -- How the record is tied to its person: uln, upn, local (the provider's own reference alone), or names (by
    -- name, date of birth and what else is written, as no number it bears says so).
    case
        when placed.strength = 1 then 'uln'
        when placed.strength = 2 then 'upn'
        when pseudonym.several_entities then 'names'
        else 'local'
    end as linked_by,
    -- Whom it would be if nobody doubtful were joined; null where nobody is doubtful. Another number in each run.
    case when pseudonym.several_finer then placed.finer end as finer_id,
    -- Whom it would be if everybody doubtful were joined; null where nobody is doubtful. Another number in each run.
    doubtful.coarser as coarser_id
from placed
join pseudonym on placed.person = pseudonym.person
left join doubtful on placed.coarser = doubtful.coarser
