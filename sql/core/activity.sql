-- What is learned: the kinds of learning of which profiles are made.
-- Grain: one row for each profile and kind of learning in it. A whole profile (breakdown _T) is what one person
-- learned in a year; a part of one is what of it is in one category of a breakdown, such as one sector.
with example as (
    select profile_id, min(person_id) as person_id
    from core.participation
    group by profile_id
),

whole as (
    select distinct
        participation.profile_id, participation.provision, enrolment.activity_id, enrolment.isced,
        enrolment.setting, enrolment.theme, enrolment.sector, enrolment.provider_kind, enrolment.intended_age,
        enrolment.place,
        case
            when enrolment.isced = 'NF' then 'NF'
            else concat('ISCED11_', substring(enrolment.isced, 1, 1))
        end as level
    from example
    join core.participation as participation
        on example.profile_id = participation.profile_id and example.person_id = participation.person_id
    join core.enrolment as enrolment
        on participation.person_id = enrolment.person_id
        and participation.academic_year = enrolment.academic_year
),

part as (
    select whole.*, way.breakdown, way.category
    from whole
    cross join lateral (
        values
        ('_T', '_T'),
        ('provision', whole.provision),
        ('level', whole.level),
        ('sector', whole.sector),
        ('provider_kind', whole.provider_kind),
        ('place', whole.place),
        ('setting', whole.setting),
        ('theme', whole.theme),
        ('setting_theme', concat(whole.setting, '/', whole.theme))
    ) as way (breakdown, category)
)

select
    -- The profile, or the part of one.
    case
        when part.breakdown = '_T' then part.profile_id
        else hash(part.profile_id, part.breakdown, part.category)
    end as profile_id,
    -- The profile that it is, or is part of.
    part.profile_id as whole_id,
    -- By what it is a part: provision, level, sector and so on, or _T for a whole profile.
    part.breakdown as breakdown,
    -- Which part, or _T.
    part.category as category,
    -- Kind of learning.
    part.activity_id as activity_id,
    -- ISCED 2011 level and orientation (02, 1, 24, 25, 34, 35, 44, 45, 54, 55, 6 to 8); 9 where not known; NF where non-formal.
    part.isced as isced,
    -- Setting.
    part.setting as setting,
    -- Theme.
    part.theme as theme,
    -- Sector of the provider.
    part.sector as sector,
    -- Kind of provider.
    part.provider_kind as provider_kind,
    -- Age on 31 August that the curriculum year is meant for; null where there is none.
    part.intended_age as intended_age,
    -- city or elsewhere: where it is learned.
    part.place as place
from part
