-- Residents who took part in learning, in each age band they belong to, with their rounding key. Restricted.
-- Grain: one row for each resident person, academic year and age band of a scheme.
select
    -- Academic year.
    participation.academic_year as academic_year,
    -- Which set of age bands.
    band.scheme as scheme,
    -- Age band.
    band.band as age,
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
    -- Decides how a count the person is in is rounded.
    rounding.record_key as record_key
from core.participation as participation
join identity.rounding_key as rounding on participation.person_id = rounding.person_id
join reference.age_band as band on participation.age between band.first_age and band.last_age
where participation.residence = 'city'
