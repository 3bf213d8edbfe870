-- Persons who took part in learning in any year, pseudonymous.
-- Grain: one row for each person.
select
    -- Pseudonym of the person.
    person_id,
    -- F, M or U (not known), of the latest year in which it is known.
    coalesce(max_by(sex, academic_year) filter (where sex <> 'U'), 'U') as sex,
    -- Academic year of the first participation on record.
    min(academic_year) as first_academic_year,
    -- Academic year of the last.
    max(academic_year) as last_academic_year,
    -- Number of academic years with participation.
    count(*) as academic_years
from core.participation
group by person_id
