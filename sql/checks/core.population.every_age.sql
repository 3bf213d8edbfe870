-- Every academic year has residents of each sex at every age from 0 to 89: a gap is a hole in the source.
with expected as (
    select year.academic_year, sex.code as sex
    from core.academic_year as year
    cross join (values ('F'), ('M')) as sex (code)
)

select expected.academic_year, expected.sex
from expected
left join core.population as population
    on expected.academic_year = population.academic_year and expected.sex = population.sex
    and population.age between 0 and 89 and population.twelfths > 0
group by expected.academic_year, expected.sex
having count(distinct population.age) < 90
