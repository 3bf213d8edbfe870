-- Local: courses that ended with an achievement, of all that ended. Counts courses, not persons; who left before the days
-- from which DfE counts a start is left out. By level, sector and theme of the course, and by home.
-- Grain: one row for each kind of persons and home (core.home_part), level, sector or theme that a course is of.
with ended as (
    select
        person_id, academic_year, sector, theme, outcome = 'achieved' as achieved,
        if(isced = 'NF', 'NF', concat('ISCED11_', substring(isced, 1, 1))) as level, count(*) as courses
    from core.enrolment
    where outcome in ('achieved', 'completed', 'withdrawn') and not left_early
    group by all
),

counted as (
    select
        home.academic_year, home.age, home.sex, ended.achieved, home.home_id, ended.level, ended.sector, ended.theme,
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
        (home.academic_year, home.age, home.sex, ended.achieved, home.home_id),
        (home.academic_year, home.age, home.sex, ended.achieved, ended.level),
        (home.academic_year, home.age, home.sex, ended.achieved, ended.sector),
        (home.academic_year, home.age, home.sex, ended.achieved, ended.theme)
    )
)

select
    part.part, counted.academic_year, 'resident' as basis, counted.age, counted.sex, counted.breakdown,
    coalesce(counted.level, counted.sector, counted.theme, '_T') as category, counted.home_id,
    counted.courses as persons, counted.courses as persons_low, counted.courses as persons_high, counted.key_sum
from counted
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or counted.achieved
