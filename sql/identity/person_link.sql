-- Who is the same person: by valid learner number, else by the provider's own reference. Restricted.
-- Grain: one row for each record. A dummy (9999999999) or invalid number joins nobody: it fails its checksum.
-- A pupil number that came with exactly one learner number in any record stands for that learner number.
with numbered as (
    select
        record_id,
        collection, provider_id, local_ref,
        -- Check digit of the ULN: the digits weighted 10 to 1 leave 10 when divided by 11.
        case
            when regexp_full_match(uln, '[1-9][0-9]{9}')
                and (
                    10 * cast(substring(uln, 1, 1) as integer) + 9 * cast(substring(uln, 2, 1) as integer)
                    + 8 * cast(substring(uln, 3, 1) as integer) + 7 * cast(substring(uln, 4, 1) as integer)
                    + 6 * cast(substring(uln, 5, 1) as integer) + 5 * cast(substring(uln, 6, 1) as integer)
                    + 4 * cast(substring(uln, 7, 1) as integer) + 3 * cast(substring(uln, 8, 1) as integer)
                    + 2 * cast(substring(uln, 9, 1) as integer) + cast(substring(uln, 10, 1) as integer)
                ) % 11 = 10
                then uln
        end as uln,
        case when regexp_full_match(upn, '[A-Z][0-9]{11}[0-9A-Z]') then upn end as upn
    from staging.learning_record
),

bridge as (
    select upn, min(uln) as uln
    from numbered
    where upn is not null and uln is not null
    group by upn
    having count(distinct uln) = 1
),

keyed as (
    select
        numbered.record_id,
        case
            when coalesce(numbered.uln, bridge.uln) is not null then 'uln'
            when numbered.upn is not null then 'upn'
            else 'local'
        end as linked_by,
        coalesce(
            'uln:' || coalesce(numbered.uln, bridge.uln),
            'upn:' || numbered.upn,
            concat_ws(':', 'local', numbered.collection, numbered.provider_id, numbered.local_ref)
        ) as person_key
    from numbered
    left join bridge on numbered.upn = bridge.upn
),

pseudonym as (
    -- HMAC-SHA-256 (RFC 2104) under the person key; its first 64 bits are the pseudonym.
    select
        person_key,
        cast('0x' || substring(sha256(
            cast(getvariable('person_outer_key') as blob)
            || unhex(sha256(cast(getvariable('person_inner_key') as blob) || encode(person_key)))
        ), 1, 16) as ubigint) as person_id
    from (select distinct person_key from keyed)
)

select
    -- The record.
    keyed.record_id as record_id,
    -- Pseudonym of the person: the same in every return and year while the secret stays the same.
    pseudonym.person_id as person_id,
    -- How the record was linked: uln, upn, or local (the provider's own reference).
    keyed.linked_by as linked_by
from keyed
join pseudonym on keyed.person_key = pseudonym.person_key
