-- Residents who took part in learning, counted by all that indicators ask of them. Restricted.
-- Grain: one row for each academic year, single year of age, sex, fifth of deprivation, kind of provision and
-- kinds of level. A person is in one row of a year, so a cell of any indicator is a sum of rows.
select
    -- Academic year.
    participation.academic_year as academic_year,
    -- Age in completed years on 31 August.
    participation.age as age,
    -- F, M or U (not known).
    participation.sex as sex,
    -- Q1 to Q5, or U.
    participation.deprivation as deprivation,
    -- formal_only, nonformal_only or both.
    participation.provision as provision,
    -- Whether any of it is technical-vocational at ISCED levels 2 to 5.
    participation.vocational as vocational,
    -- Whether any of it is at ISCED level 0 or 1.
    participation.early_or_primary as early_or_primary,
    -- Whether any of it is formal learning in pre-primary education or at a higher level.
    participation.pre_primary_or_higher as pre_primary_or_higher,
    -- Distinct persons.
    count(*) as persons,
    -- Persons if everybody doubtful were joined.
    cast(sum(participation.if_all_joined) as bigint) as persons_low,
    -- Persons if nobody doubtful were joined.
    cast(sum(participation.if_none_joined) as bigint) as persons_high,
    -- Sum of their rounding keys.
    cast(sum(rounding.record_key) as bigint) as key_sum
from core.participation as participation
join identity.rounding_key as rounding on participation.person_id = rounding.person_id
where participation.residence = 'city' and participation.age is not null
group by
    participation.academic_year, participation.age, participation.sex, participation.deprivation,
    participation.provision, participation.vocational, participation.early_or_primary,
    participation.pre_primary_or_higher
