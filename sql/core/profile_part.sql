-- Parts of profiles: what of what a person learned in a year is in one category of a breakdown, such as one sector.
-- Grain: one row for each profile, category of a breakdown, and kind of learning in it. A part is a profile itself: the
-- same set of kinds of learning has the same number, whether it is all that somebody learned or a part of it.
with example as (
    select profile_id, min(person_id) as person_id
    from core.participation
    group by profile_id
),

whole as (
    select distinct
        participation.profile_id, participation.provision, enrolment.activity_id, enrolment.setting,
        enrolment.theme, enrolment.sector, enrolment.provider_kind, enrolment.panel, enrolment.place, enrolment.level
    from example
    join core.participation as participation
        on example.profile_id = participation.profile_id and example.person_id = participation.person_id
    join core.enrolment as enrolment
        on participation.person_id = enrolment.person_id
        and participation.academic_year = enrolment.academic_year
),

way as (
    select whole.profile_id, whole.activity_id, whole.setting, way.breakdown, way.category
    from whole
    cross join lateral (
        values
        ('_T', '_T'),
        ('provision', whole.provision),
        ('level', whole.level),
        ('sector', whole.sector),
        ('provider_kind', whole.provider_kind),
        ('panel', whole.panel),
        ('place', whole.place),
        ('setting', whole.setting),
        ('theme', whole.theme),
        ('setting_theme', whole.theme)
    ) as way (breakdown, category)
),

-- As it is published.
part as (
    select
        way.profile_id, way.activity_id, way.breakdown,
        if(
            way.breakdown = 'setting_theme',
            concat(coalesce(setting.published_as, way.setting), '/', coalesce(merged.published_as, way.category)),
            coalesce(merged.published_as, way.category)
        ) as category
    from way
    left join core.merged_category as merged
        on way.breakdown = merged.dimension and way.category = merged.category
    left join core.merged_category as setting
        on setting.dimension = 'setting' and way.setting = setting.category
),

gathered as (
    select profile_id, breakdown, category, list_sort(list_distinct(list(activity_id))) as activities
    from part
    group by profile_id, breakdown, category
)

select
    -- The profile of all that was learned in the year.
    gathered.profile_id as whole_id,
    -- By what it is a part: provision, level, sector and so on, or _T for all of it.
    gathered.breakdown as breakdown,
    -- Which part, or _T.
    gathered.category as category,
    -- The profile of what is in it.
    hash(gathered.activities) as profile_id,
    -- Kind of learning.
    unnest(gathered.activities) as activity_id
from gathered
