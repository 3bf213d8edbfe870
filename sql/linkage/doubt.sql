-- Entities that are not taken for one person and may be one even so: who bear one number but contradict each other,
-- and who share family name, date of birth and postcode but no first name, as twins do, and people who go by the
-- second name. Whom a provider has under two references in a year are told apart beyond doubt.
-- Grain: one row for each two entities.
with contradicting as (
    select a.entity_id as x, b.entity_id as y
    from linkage.bearer_pair as pair
    join linkage.bearer as one on pair.bearer_a = one.bearer_id
    join linkage.bearer as other on pair.bearer_b = other.bearer_id
    join linkage.entity as a on one.profile_ids[1] = a.profile_id
    join linkage.entity as b on other.profile_ids[1] = b.profile_id
    where pair.verdict <> 'same' and pair.kind <> 'local'
),

alike as (
    select a.entity_id as x, b.entity_id as y
    from linkage.variant as a
    join linkage.variant as b
        on a.born = b.born and a.family_name = b.family_name and a.postcode = b.postcode
        and a.entity_id < b.entity_id
    where coalesce(hamming(a.uln, b.uln) <= 2, true)
        and coalesce(hamming(a.upn, b.upn) <= 2, true)
),

possible as (
    select distinct least(x, y) as a, greatest(x, y) as b
    from (select * from contradicting union all select * from alike)
    where x <> y
),

told_apart as (
    select possible.a, possible.b
    from possible
    join linkage.seat as one on possible.a = one.entity_id
    join linkage.seat as other on possible.b = other.entity_id and one.unit = other.unit
    where one.seat <> other.seat
)

select
    -- One entity.
    possible.a as a,
    -- The other, of a higher number.
    possible.b as b
from possible
anti join told_apart on possible.a = told_apart.a and possible.b = told_apart.b
