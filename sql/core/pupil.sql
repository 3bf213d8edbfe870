-- Persons in a curriculum year, for indicators that follow pupils from grade to grade.
-- Grain: one row for each person and academic year; of two grades in a year, the higher.
select
    -- Pseudonym of the person.
    participation.person_id as person_id,
    -- Academic year.
    participation.academic_year as academic_year,
    -- Calendar year in which it begins.
    year.start_year as start_year,
    -- Age on 31 August that the grade is meant for: 10 in Year 6.
    grade.intended_age as intended_age,
    -- Age in completed years on 31 August; null where not known.
    participation.age as age,
    -- F, M or U (not known).
    participation.sex as sex,
    -- city, elsewhere or unknown.
    participation.residence as residence,
    -- Where the person lives and who they are (core.home_part).
    participation.home_id as home_id,
    -- How many persons this would count if everybody doubtful were joined.
    participation.if_all_joined as if_all_joined,
    -- How many persons this would count if nobody doubtful were joined.
    participation.if_none_joined as if_none_joined,
    -- Rounding key of the person.
    participation.record_key as record_key
from core.participation as participation
join core.academic_year as year on participation.academic_year = year.academic_year
join core.profile_grade as grade on participation.profile_id = grade.profile_id
