-- Persons whose pseudonym changed from one run to the next: records that were two people's are one's, or the other way
-- round. Whoever noted a pseudonym down finds here what became of it. A new secret begins the list anew.
-- Grain: one row for each former pseudonym and the present one, for each time that it was noticed.
with recursive pairs as (
    -- Who those are now who were described in the same words before.
    select distinct former.person_id as former_person_id, link.person_id
    from history.former_link as former
    join identity.person_link as link on former.profile_key = link.profile_key
),

compared as (
    select
        former_person_id, person_id,
        count(*) over (partition by person_id) as formerly,
        count(*) over (partition by former_person_id) as presently
    from pairs
),

-- What the last comparison noticed. A run that was cut off there compares again, and must not note it twice.
latest as (
    select change, former_person_id, person_id
    from history.person_change
    where noticed_at = (select max(noticed_at) from history.person_change)
),

changed as (
    select
        case
            when formerly > 1 and presently > 1 then 'rearranged'
            when formerly > 1 then 'merged'
            when presently > 1 then 'split'
            else 'renamed'
        end as change,
        former_person_id,
        person_id
    from compared
    where former_person_id <> person_id
),

noticed as (
    select noticed_at, change, former_person_id, person_id from history.person_change
    union all
    select cast(getvariable('noticed_at') as timestamptz) as noticed_at, change, former_person_id, person_id
    from (select * from changed except select * from latest)
),

-- Of who is no longer there nothing is kept.
leads as (
    select distinct person_id from identity.person_link
    union
    select noticed.former_person_id as person_id
    from noticed
    join leads on noticed.person_id = leads.person_id
)

select
    -- When: the time of the run that noticed.
    noticed.noticed_at as noticed_at,
    -- merged (with another person), split (some records are another person's now), rearranged (both), or renamed (the
    -- same records under another pseudonym).
    noticed.change as change,
    -- The pseudonym before.
    noticed.former_person_id as former_person_id,
    -- The pseudonym since.
    noticed.person_id as person_id
from noticed
join leads on noticed.person_id = leads.person_id
