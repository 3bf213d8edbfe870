-- Enrolments of pseudonymous persons: the first change of grain, record to enrolment.
-- Grain: one row for each person, provider, academic year, course and start date; of several such records the
-- one of the latest return stands. Only learning of at least one day within the academic year.
with linked as not materialized (
    -- Read twice rather than held: the rows are wide.
    select
        record.*,
        link.person_id,
        link.linked_by,
        hash(
            link.person_id, record.provider_id, record.academic_year, record.course, record.start_date
        ) as fingerprint
    from staging.learning_record as record
    join identity.person_link as link on record.record_id = link.record_id
),

-- The records that a later one restates. Few do: only records that share a fingerprint are compared in full.
restated as (
    select record_id
    from linked
    where fingerprint in (select fingerprint from linked group by fingerprint having count(*) > 1)
    qualify row_number() over (
        partition by person_id, provider_id, academic_year, course, start_date
        order by record_id desc
    ) > 1
),

located as (
    select
        linked.*,
        home.lsoa21_code,
        case
            when home.lad_code = (select area_code from reference.city) then 'city'
            when linked.postcode is null or linked.postcode = 'ZZ99 9ZZ' then 'unknown'
            else 'elsewhere'
        end as residence,
        -- Completed years on 31 August; in whole-number arithmetic, so that 29 February needs no rule.
        -- The million keeps the quotient positive where the child is born after that day (age -1).
        (
            1000000 + year.start_year * 10000 + 831
            - (year(linked.birth_date) * 10000 + month(linked.birth_date) * 100 + day(linked.birth_date))
        ) // 10000 - 100 as age
    from linked
    join core.academic_year as year on linked.academic_year = year.academic_year
    left join reference.postcode as home on linked.postcode = home.postcode
    where coalesce(linked.start_date <= year.last_day, true)
        and coalesce(linked.end_date >= year.first_day, true)
)

select
    -- Identifies the enrolment. Of two, the one from the later return has the higher number.
    located.record_id as enrolment_id,
    -- Pseudonym of the person.
    located.person_id as person_id,
    -- How the person was recognised: uln, upn, or local (the provider's own reference).
    located.linked_by as linked_by,
    -- The provider.
    located.provider_id as provider_id,
    -- The extract format it came in.
    located.collection as collection,
    -- Academic year.
    located.academic_year as academic_year,
    -- What is learned, in the extract's own code.
    located.course as course,
    -- First day of learning.
    located.start_date as start_date,
    -- Last day of learning; null while it goes on.
    located.end_date as end_date,
    -- ISCED 2011 level and orientation (02, 1, 24, 25, 34, 35, 44, 45, 54, 55, 6 to 8); 9 where not known; NF where non-formal.
    located.isced as isced,
    -- Where the learning takes place: family, community, workplace or institution.
    located.setting as setting,
    -- Theme of the learning.
    located.theme as theme,
    -- Age in completed years on 31 August at the start of the academic year, as this record has it.
    cast(located.age as smallint) as age,
    -- F, M or U (not known), as this record has it.
    located.sex as sex,
    -- Whether the person lives in the city, elsewhere or is not known to, as this record has it.
    located.residence as residence,
    -- LSOA of residence within the city, as this record has it.
    located.lsoa21_code as lsoa21_code
from located
anti join restated on located.record_id = restated.record_id
