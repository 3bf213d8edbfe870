-- Local: courses that ended with an achievement, of all that ended. Counts courses, not persons; who left before the days
-- from which DfE counts a start is left out. By level, sector and theme of the course, and by home.
-- Grain: one row for each cell that somebody is in.
with ended as (
    select
        enrolment.*, outcome = 'achieved' as achieved,
        if(enrolment.isced = 'NF', 'NF', concat('ISCED11_', substring(enrolment.isced, 1, 1))) as level
    from core.enrolment as enrolment
    where enrolment.outcome in ('achieved', 'completed', 'withdrawn') and not enrolment.left_early
)

select
    part.part, home.academic_year, 'resident' as basis, home.age, home.sex,
    if(what.breakdown = '_T', home.breakdown, what.breakdown) as breakdown,
    if(what.breakdown = '_T', home.category, what.category) as category,
    count(*) as persons, count(*) as persons_low, count(*) as persons_high, sum(home.record_key) as key_sum
from ended
cross join lateral (
    values ('_T', '_T'), ('level', ended.level), ('sector', ended.sector), ('theme', ended.theme)
) as what (breakdown, category)
join core.person_home as home
    on ended.person_id = home.person_id and ended.academic_year = home.academic_year
    and (what.breakdown = '_T' or home.breakdown = '_T')
join (values ('numerator'), ('denominator')) as part (part) on part.part = 'denominator' or ended.achieved
where home.residence = 'city'
group by all
