-- Local: residents who took part in learning, by setting and theme.
-- Grain: one row for each academic year and cell of the published table. A person is counted once in each cell,
-- however many enrolments; a person in two settings is in both, so settings do not add up to the total.
with member as (
    select distinct
        enrolment.person_id, enrolment.academic_year, enrolment.setting, enrolment.theme, rounding.record_key,
        participation.if_all_joined, participation.if_none_joined
    from core.enrolment as enrolment
    join core.participation as participation
        on enrolment.person_id = participation.person_id
        and enrolment.academic_year = participation.academic_year
    join identity.rounding_key as rounding on enrolment.person_id = rounding.person_id
    where participation.residence = 'city'
),

-- One row a person in each kind of cell: both, setting only, theme only, neither.
cell_member as (
    select academic_year, setting, theme, person_id, record_key, if_all_joined, if_none_joined
    from member
    union all
    select distinct
        academic_year, setting, '_T' as theme, person_id, record_key, if_all_joined, if_none_joined
    from member
    union all
    select distinct
        academic_year, '_T' as setting, theme, person_id, record_key, if_all_joined, if_none_joined
    from member
    union all
    select distinct
        academic_year, '_T' as setting, '_T' as theme, person_id, record_key, if_all_joined, if_none_joined
    from member
),

counted as (
    select
        academic_year, setting, theme,
        count(*) as numerator,
        cast(sum(if_all_joined) as bigint) as numerator_low,
        cast(sum(if_none_joined) as bigint) as numerator_high,
        sum(record_key) % 4096 as cell_key
    from cell_member
    group by academic_year, setting, theme
),

setting (code) as (
    values ('_T'), ('family'), ('community'), ('workplace'), ('institution')
)

select
    -- Indicator: stem of its files.
    'local_setting_theme' as indicator,
    -- Academic year.
    year.academic_year as academic_year,
    -- Age band.
    '_T' as age,
    -- Sex.
    '_T' as sex,
    -- Kind of provision.
    '_T' as provision,
    -- Fifth of deprivation.
    '_T' as deprivation,
    -- Where the learning takes place: family, community, workplace, institution or _T.
    setting.code as setting,
    -- Theme of the learning, or _T.
    theme.theme as theme,
    -- Distinct persons: an unprotected count.
    coalesce(counted.numerator, 0) as numerator,
    -- The same if everybody were joined who may be one person.
    coalesce(counted.numerator_low, 0) as numerator_low,
    -- The same if nobody doubtful were joined.
    coalesce(counted.numerator_high, 0) as numerator_high,
    -- Sum of their rounding keys, modulo 4096.
    cast(coalesce(counted.cell_key, 0) as integer) as cell_key,
    -- A count has no denominator.
    cast(null as bigint) as denominator,
    -- Who is counted.
    'resident' as numerator_basis,
    -- A count has no denominator.
    cast(null as varchar) as denominator_basis
from core.academic_year as year
cross join setting
cross join (select distinct theme from reference.theme union all select '_T' as theme) as theme
left join counted
    on year.academic_year = counted.academic_year and setting.code = counted.setting
    and theme.theme = counted.theme
