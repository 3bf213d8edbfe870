-- Grade in which a profile is: of two grades in a year, the higher.
-- Grain: one row for each profile with learning in a curriculum year.
select
    -- The profile.
    profile_id,
    -- Age on 31 August that the grade is meant for: 10 in Year 6.
    max(intended_age) as intended_age
from core.activity
where intended_age is not null
group by profile_id
