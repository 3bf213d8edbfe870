-- Persons who took part in learning: the second change of grain, enrolment to person and year.
-- Grain: one row for each person and academic year. A person has one age, one sex and one residence in a
-- year: the known value of the latest return, the one prepared last.
with person_year as (
    select
        person_id,
        academic_year,
        max_by(age, enrolment_id) filter (where age is not null) as age,
        max_by(sex, enrolment_id) filter (where sex <> 'U') as sex,
        max_by(residence, enrolment_id) filter (where residence <> 'unknown') as residence,
        max_by(ethnicity, enrolment_id) filter (where ethnicity is not null) as ethnicity,
        max_by(disability, enrolment_id) filter (where disability is not null) as disability,
        max_by(lsoa21_code, enrolment_id) filter (where residence <> 'unknown') as lsoa21_code,
        min(distance_from) as distance_from,
        max(hours_from) as hours_from,
        bool_or(isced <> 'NF') as formal,
        bool_or(isced = 'NF') as non_formal,
        hash(list_sort(list_distinct(list(activity_id)))) as profile_id,
        count(*) as enrolments
    from core.enrolment
    group by person_id, academic_year
),

-- Persons of a year who would be several if nobody doubtful were joined.
several as (
    select person_id, academic_year, count(distinct finer_id) as persons
    from core.enrolment
    where finer_id is not null
    group by person_id, academic_year
    having count(distinct finer_id) > 1
),

-- Persons of a year who would be another one, of a later return, if everybody doubtful were joined.
joined as (
    select person_id, academic_year
    from core.enrolment
    where coarser_id is not null
    group by person_id, academic_year, coarser_id
    qualify row_number() over (partition by academic_year, coarser_id order by max(record_id) desc) > 1
)

select
    -- Pseudonym of the person.
    person_year.person_id as person_id,
    -- Academic year.
    person_year.academic_year as academic_year,
    -- Age in completed years on 31 August at the start of the academic year; null where not known.
    person_year.age as age,
    -- F, M or U (not known).
    coalesce(person_year.sex, 'U') as sex,
    -- city, elsewhere or unknown.
    coalesce(person_year.residence, 'unknown') as residence,
    -- LSOA of residence, of residents of the city.
    person_year.lsoa21_code as lsoa21_code,
    -- GSS code of the ward of residence; U where the area is not known.
    coalesce(area.ward23_code, 'U') as ward,
    -- National fifth of area deprivation, Q1 the most deprived; U where the area is not known.
    coalesce(area.deprivation, 'U') as deprivation,
    -- National tenth of area deprivation, D1 the most deprived; U where the area is not known.
    coalesce('D' || area.imd2025_decile, 'U') as decile,
    -- asian, black, mixed, white, other, or U (not known).
    coalesce(person_year.ethnicity, 'U') as ethnicity,
    -- PD with a disability or health problem, PWD without, or U (not known).
    coalesce(person_year.disability, 'U') as disability,
    -- The same number for the same ward, tenth of deprivation, ethnic group and disability (core.home_part).
    hash(area.ward23_code, area.imd2025_decile, person_year.ethnicity, person_year.disability) as home_id,
    -- formal_only, nonformal_only or both: three groups that add up to persons.
    case
        when person_year.formal and person_year.non_formal then 'both'
        when person_year.formal then 'formal_only'
        else 'nonformal_only'
    end as provision,
    -- What was learned in the year, as a set of kinds of learning (core.activity): the same number for the same set.
    person_year.profile_id as profile_id,
    -- Kilometres from home to the nearest place of learning, the first of a band: 0, 2, 5 or 10; null where not known.
    person_year.distance_from as distance_from,
    -- Hours planned for the year where most are, the first of a band: 0, 300, 385, 485 or 580; null where not known.
    person_year.hours_from as hours_from,
    -- Enrolments of the person in the year.
    person_year.enrolments as enrolments,
    -- How many persons this would count if everybody doubtful were joined: 0 where another one stands for it.
    cast(if(joined.person_id is null, 1, 0) as utinyint) as if_all_joined,
    -- How many persons this would count if nobody doubtful were joined.
    cast(coalesce(several.persons, 1) as utinyint) as if_none_joined,
    -- Rounding key of the person.
    rounding.record_key as record_key
from person_year
join identity.rounding_key as rounding on person_year.person_id = rounding.person_id
left join core.area as area on person_year.lsoa21_code = area.lsoa21_code
left join several
    on person_year.person_id = several.person_id and person_year.academic_year = several.academic_year
left join joined
    on person_year.person_id = joined.person_id and person_year.academic_year = joined.academic_year
