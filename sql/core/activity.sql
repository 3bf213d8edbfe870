-- What is learned: the kinds of learning of which profiles are made. A profile is a set of them: what one person learned
-- in a year, or what of it is in one category of a breakdown (core.profile_part).
-- Grain: one row for each profile and kind of learning in it.
with kind as (
    select
        activity_id, any_value(isced) as isced, any_value(setting) as setting, any_value(theme) as theme,
        any_value(sector) as sector, any_value(provider_kind) as provider_kind,
        any_value(intended_age) as intended_age, any_value(place) as place
    from core.enrolment
    group by activity_id
),

profile as (
    select distinct profile_id, activity_id
    from core.profile_part
)

select
    -- The profile.
    profile.profile_id as profile_id,
    -- Kind of learning.
    profile.activity_id as activity_id,
    -- ISCED 2011 level and orientation (02, 1, 24, 25, 34, 35, 44, 45, 54, 55, 6 to 8); 9 where not known; NF where non-formal.
    kind.isced as isced,
    -- Setting.
    kind.setting as setting,
    -- Theme.
    kind.theme as theme,
    -- Sector of the provider.
    kind.sector as sector,
    -- Kind of provider.
    kind.provider_kind as provider_kind,
    -- Age on 31 August that the curriculum year is meant for; null where there is none.
    kind.intended_age as intended_age,
    -- city or elsewhere: where it is learned.
    kind.place as place,
    -- Stage of education: primary, tertiary and so on; null where the level belongs to none.
    stage.stage as stage,
    -- First age that the stage is meant for, on 31 August.
    stage.first_age as stage_first_age,
    -- Last age that the stage is meant for.
    stage.last_age as stage_last_age
from profile
join kind on profile.activity_id = kind.activity_id
left join reference.stage as stage on kind.isced = stage.isced
