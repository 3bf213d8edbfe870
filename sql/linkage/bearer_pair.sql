-- Whether two bearers of one identifier can be the same person. An identifier with more than twenty different
-- bearers is nobody's: it is left out, and joins no one.
-- Grain: one row for each two bearers of an identifier.
with several as (
    select * from linkage.bearer where bearers between 2 and 20
),

-- Where and when a provider has each of them: provider, extract format, academic year; and under which reference.
placed as (
    select
        claim.bearer_id,
        list_distinct(flatten(list(list_transform(
            profile.academic_years, lambda year: concat_ws('/', profile.provider_id, profile.collection, year)
        )))) as units,
        list_distinct(flatten(list(list_transform(
            profile.academic_years,
            lambda year: concat_ws('/', profile.provider_id, profile.collection, year, profile.local_ref)
        )))) as seats
    from (select bearer_id, unnest(profile_ids) as profile_id from several) as claim
    join linkage.profile as profile on claim.profile_id = profile.profile_id
    group by claim.bearer_id
),

bearer as (
    select
        several.*, placed.units, placed.seats,
        strftime(several.birth_date, '%Y%m%d') as born,
        string_split(several.given_names, ' ') as given_parts,
        string_split(several.family_name, ' ') as family_parts
    from several
    join placed on several.bearer_id = placed.bearer_id
),

compared as (
    select
        a.kind, a.identifier, a.bearer_id as bearer_a, b.bearer_id as bearer_b,
        -- The same first name: in common form, but for a slip, as an initial, as another of the names, or exchanged
        -- with the family name.
        a.given_form = b.given_form
            or jaro_winkler_similarity(a.given_name, b.given_name) >= 0.85
            or (least(length(a.given_name), length(b.given_name)) = 1 and a.given_name[1] = b.given_name[1])
            or list_has_any(a.given_parts, b.given_parts)
            or (list_has_any(a.given_parts, b.family_parts) and list_has_any(a.family_parts, b.given_parts))
            as same_given,
        -- The same date but for one slip, day and month exchanged, 1 January, or the year off by one or ten.
        a.birth_date = b.birth_date
            or damerau_levenshtein(a.born, b.born) = 1
            or (a.born[1:4] = b.born[1:4] and a.born[5:6] = b.born[7:8] and a.born[7:8] = b.born[5:6])
            or (a.born[1:4] = b.born[1:4] and '0101' in (a.born[5:8], b.born[5:8]))
            or (a.born[5:8] = b.born[5:8] and abs(year(a.birth_date) - year(b.birth_date)) in (1, 10))
            as same_birth,
        -- Two learner numbers that differ in more than two digits; the check digit finds every slip in one.
        coalesce(hamming(a.uln, b.uln) > 2, false) as other_number,
        -- All but the first name agrees, as where somebody goes by the second. So it does for twins; but these a
        -- provider tells apart.
        a.birth_date = b.birth_date
            and jaro_winkler_similarity(a.family_name, b.family_name) >= 0.88
            and not (list_has_any(a.units, b.units) and not list_has_any(a.seats, b.seats)) as all_else
    from bearer as a
    join bearer as b
        on a.kind = b.kind and a.identifier = b.identifier and a.bearer_id < b.bearer_id
)

select
    -- uln, upn or local.
    compared.kind as kind,
    -- The identifier that both bear.
    compared.identifier as identifier,
    -- One bearer.
    compared.bearer_a as bearer_a,
    -- The other.
    compared.bearer_b as bearer_b,
    -- same: first name and date of birth agree; differ: one of them contradicts, or too little is known and the
    -- learner numbers do; unclear: too little is known.
    case
        when (same_given or all_else) and same_birth then 'same'
        when not same_given or not same_birth or other_number then 'differ'
        else 'unclear'
    end as verdict
from compared
