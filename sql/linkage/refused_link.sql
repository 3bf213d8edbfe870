-- Persons who are probably one by what is written of them, and yet were not joined.
-- Grain: one row for each two persons.
with refused as (
    select
        least(one.person_id, other.person_id) as person_id,
        greatest(one.person_id, other.person_id) as other_person_id,
        refused.reason,
        refused.probability
    from linkage.refused as refused
    -- An entity is called by the least of its profiles.
    join linkage.profile as one_profile on refused.a = one_profile.profile_id
    join linkage.profile as other_profile on refused.b = other_profile.profile_id
    join linkage.person_link as one on one_profile.record_ids[1] = one.record_id
    join linkage.person_link as other on other_profile.record_ids[1] = other.record_id
)

select
    -- Pseudonym of one.
    person_id,
    -- Pseudonym of the other.
    other_person_id,
    -- Why: tie (another is as likely), kept apart (one provider has both at a time), too many (the person would have
    -- more different descriptions than the city profile allows) or second best.
    max_by(reason, (probability, reason)) as reason,
    -- Probability that they are one person, by what is written of them.
    max(probability) as probability
from refused
group by person_id, other_person_id
