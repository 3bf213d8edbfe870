-- What senders wrote down about who somebody is, made comparable. Lives in memory only.
-- Grain: one row for each different way in which a sender wrote one of its learners down.
with written as (
    select
        record_id, academic_year, collection, provider_id, local_ref, birth_date,
        -- Capitals without accents; whatever is no letter separates two parts of a name.
        nullif(trim(regexp_replace(
            translate(upper(strip_accents(family_name)), 'ŁØĐÆŒßÞ''’', 'LODAOST'), '[^A-Z]+', ' ', 'g'
        )), '') as family_name,
        nullif(trim(regexp_replace(
            translate(upper(strip_accents(given_names)), 'ŁØĐÆŒßÞ''’', 'LODAOST'), '[^A-Z]+', ' ', 'g'
        )), '') as given_names,
        nullif(trim(regexp_replace(
            translate(upper(strip_accents(former_family_name)), 'ŁØĐÆŒßÞ''’', 'LODAOST'), '[^A-Z]+', ' ', 'g'
        )), '') as former_family_name,
        nullif(sex, 'U') as sex,
        nullif(postcode, 'ZZ99 9ZZ') as postcode,
        -- Check digit of the ULN: the digits weighted 10 to 1 leave 10 when divided by 11. The temporary
        -- number 9999999999 fails it.
        case
            when regexp_full_match(uln, '[1-9][0-9]{9}')
                and list_sum(list_transform(
                    range(1, 11), lambda place: cast(substring(uln, place, 1) as integer) * (11 - place)
                )) % 11 = 10
                then uln
        end as uln,
        -- Check letter of the UPN: the digits weighted 2 to 13, modulo 23. A temporary number ends in a letter.
        case
            when regexp_full_match(upn, '[A-Z][0-9]{12}')
                and substring('ABCDEFGHJKLMNPQRTUVWXYZ', cast(list_sum(list_transform(
                    range(2, 14), lambda place: cast(substring(upn, place, 1) as integer) * place
                )) % 23 as integer) + 1, 1) = substring(upn, 1, 1)
                then upn
        end as upn
    from staging.learning_record
    -- All of them, or those up to a year.
    where academic_year <= coalesce(cast(getvariable('last_linked_year') as varchar), academic_year)
),

different as (
    select
        collection, provider_id, local_ref, uln, upn, family_name, given_names, former_family_name,
        birth_date, sex, postcode,
        -- A distinct list in order would keep a table of its own for each group, several times as slow.
        list_sort(list_distinct(list(academic_year))) as academic_years,
        list(record_id) as record_ids
    from written
    group by
        collection, provider_id, local_ref, uln, upn, family_name, given_names, former_family_name,
        birth_date, sex, postcode
)

select
    -- Identifies the profile: its place in the order of what is written, whatever the order of arrival.
    row_number() over (
        order by
            collection, provider_id, local_ref, uln, upn, family_name, given_names, former_family_name,
            birth_date, sex, postcode
    ) as profile_id,
    -- The extract format.
    different.collection as collection,
    -- The provider.
    different.provider_id as provider_id,
    -- The provider's own reference for the learner.
    different.local_ref as local_ref,
    -- Unique learner number with a right check digit.
    different.uln as uln,
    -- Permanent unique pupil number with a right check letter.
    different.upn as upn,
    -- Family name in plain capitals.
    different.family_name as family_name,
    -- Given names in plain capitals.
    different.given_names as given_names,
    -- Former family name in plain capitals.
    different.former_family_name as former_family_name,
    -- First given name.
    split_part(different.given_names, ' ', 1) as given_name,
    -- The common form of the first given name: short forms and other spellings of one name have the same.
    coalesce(form.common_form, split_part(different.given_names, ' ', 1)) as given_form,
    -- Date of birth.
    different.birth_date as birth_date,
    -- F or M.
    different.sex as sex,
    -- Home postcode.
    different.postcode as postcode,
    -- Academic years in which it was written so, in order.
    different.academic_years as academic_years,
    -- Records that say so.
    different.record_ids as record_ids
from different
left join reference.given_name as form on split_part(different.given_names, ' ', 1) = form.given_name
