-- Learner and pupil numbers that several people bear, by name and date of birth: a number joins the records of each
-- of them alone. Somebody recorded it wrongly, and can mend it.
-- Grain: one row for each number, person who bears it and provider that says so.
with bearing as (
    select
        bearer.kind,
        bearer.identifier,
        holder.holders,
        holder.kept,
        unnest(bearer.profile_ids) as profile_id
    from linkage.holder as holder
    join linkage.bearer as bearer on holder.bearer_id = bearer.bearer_id
    where holder.holders > 1 and bearer.kind in ('uln', 'upn')
)

select
    -- Pseudonym of the number.
    cast('0x' || substring(sha256(
        cast(getvariable('person_outer_key') as blob)
        || unhex(sha256(
            cast(getvariable('person_inner_key') as blob)
            || encode('number:' || bearing.kind || ':' || bearing.identifier)
        ))
    ), 1, 16) as ubigint) as number_id,
    -- uln or upn.
    bearing.kind as kind,
    -- How many people bear it.
    any_value(bearing.holders) as bearers,
    -- Whether it still joins records of one of them; with very many bearers it joins none.
    any_value(bearing.kept) as joins,
    -- Pseudonym of a person who bears it.
    link.person_id as person_id,
    -- A provider that says so.
    profile.provider_id as provider_id,
    -- The last academic year in which it does.
    max(profile.academic_years[-1]) as academic_year
from bearing
join linkage.profile as profile on bearing.profile_id = profile.profile_id
join linkage.person_link as link on profile.record_ids[1] = link.record_id
group by bearing.kind, bearing.identifier, link.person_id, profile.provider_id
