-- Courses of residents that ended, by how: for achievement and retention. Restricted: the cells are small.
-- Grain: one row for each academic year, age, sex, outcome, and home or category of a breakdown. Counts courses, not persons;
-- who left before the days from which DfE counts a start is left out.
with ended as (
    select
        enrolment.person_id, enrolment.academic_year, coalesce(level.published_as, enrolment.level) as level,
        coalesce(sector.published_as, enrolment.sector) as sector,
        coalesce(theme.published_as, enrolment.theme) as theme, enrolment.outcome, count(*) as courses
    from core.enrolment as enrolment
    left join core.merged_category as level on level.dimension = 'level' and enrolment.level = level.category
    left join core.merged_category as sector on sector.dimension = 'sector' and enrolment.sector = sector.category
    left join core.merged_category as theme on theme.dimension = 'theme' and enrolment.theme = theme.category
    where enrolment.outcome in ('achieved', 'completed', 'withdrawn') and not enrolment.left_early
    group by all
),

cell as (
    select
        home.academic_year, home.age, home.sex, ended.outcome, home.home_id, ended.level, ended.sector, ended.theme,
        case
            when grouping(home.home_id) = 0 then '_T'
            when grouping(ended.level) = 0 then 'level'
            when grouping(ended.sector) = 0 then 'sector'
            else 'theme'
        end as breakdown,
        sum(ended.courses) as courses, sum(ended.courses * home.record_key) as key_sum
    from core.participation as home
    join ended on home.person_id = ended.person_id and home.academic_year = ended.academic_year
    where home.residence = 'city'
    group by grouping sets (
        (home.academic_year, home.age, home.sex, ended.outcome, home.home_id),
        (home.academic_year, home.age, home.sex, ended.outcome, ended.level),
        (home.academic_year, home.age, home.sex, ended.outcome, ended.sector),
        (home.academic_year, home.age, home.sex, ended.outcome, ended.theme)
    )
)

select
    -- Academic year.
    academic_year,
    -- Whose they are: residents.
    'resident' as basis,
    -- Age of the person in completed years on 31 August; null where not known.
    age,
    -- F, M or U (not known).
    sex,
    -- level, sector, theme; _T where the cell is of a home.
    breakdown,
    -- Which category of it, or _T.
    coalesce(level, sector, theme, '_T') as category,
    -- Where the person lives and who they are (core.home_part); null of a category.
    home_id,
    -- How they ended: achieved, completed or withdrawn.
    outcome,
    -- Courses.
    cast(courses as bigint) as courses,
    -- Sum of the rounding keys of their persons.
    cast(key_sum as bigint) as key_sum
from cell
