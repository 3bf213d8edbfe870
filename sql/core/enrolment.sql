-- Enrolments of pseudonymous persons: the first change of grain, record to enrolment.
-- Grain: one row for each person, provider, academic year, course and start date; of several such records the
-- one of the latest return stands. Only learning of at least one day within the academic year.
select
    -- Identifies the enrolment, in this run. Of two of a person in a year, the later return's has the higher number. It says
    -- nothing of the line of a return: enrolments are numbered in the order of pseudonyms.
    row_number() over (order by linked.person_id, linked.academic_year, linked.record_id) as enrolment_id,
    -- The record, by return and line: the later return's has the higher number.
    linked.record_id as record_id,
    -- Pseudonym of the person.
    linked.person_id as person_id,
    -- How the person was recognised: uln, upn, local (the provider's own reference), or names (by name, date of
    -- birth and what else is written).
    linked.linked_by as linked_by,
    -- Whom it would be if nobody doubtful were joined; null where nobody is doubtful. Another number in each run.
    linked.finer_id as finer_id,
    -- Whom it would be if everybody doubtful were joined; null where nobody is doubtful. Another number in each run.
    linked.coarser_id as coarser_id,
    -- The provider.
    linked.provider_id as provider_id,
    -- The extract format it came in.
    linked.collection as collection,
    -- Academic year.
    linked.academic_year as academic_year,
    -- What is learned, in the extract's own code; null where it has none but a title that somebody wrote.
    case when linked.collection <> 'community_learning' then linked.course end as course,
    -- First day of learning.
    linked.start_date as start_date,
    -- Last day of learning; null while it goes on.
    linked.end_date as end_date,
    -- ISCED 2011 level and orientation (02, 1, 24, 25, 34, 35, 44, 45, 54, 55, 6 to 8); 9 where not known; NF where non-formal.
    linked.isced as isced,
    -- ISCED 2011 level alone, as SDMX codes it (ISCED11_3); NF where non-formal.
    case when linked.isced = 'NF' then 'NF' else concat('ISCED11_', substring(linked.isced, 1, 1)) end as level,
    -- Where the learning takes place: family, community, workplace or institution.
    linked.setting as setting,
    -- Theme of the learning.
    linked.theme as theme,
    -- Age in completed years on 31 August at the start of the academic year, as this record has it.
    linked.age as age,
    -- F, M or U (not known), as this record has it.
    linked.sex as sex,
    -- Whether the person lives in the city, elsewhere or is not known to, as this record has it.
    linked.residence as residence,
    -- LSOA of residence within the city, as this record has it.
    linked.lsoa21_code as lsoa21_code,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    linked.ethnicity as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    linked.disability as disability,
    -- Age on 31 August that the curriculum year is meant for: 5 in Year 1; null where there is none.
    linked.intended_age as intended_age,
    -- Whether the place of learning is in the city or elsewhere.
    linked.place as place,
    -- Ward of the place of learning, within the city; null where it is not known or elsewhere.
    linked.place_ward as place_ward,
    -- Kilometres from home to the place of learning, the first of a band: 0, 2, 5 or 10; null where not known.
    cast(linked.distance_from as utinyint) as distance_from,
    -- Hours planned for the year at this provider, the first of a band: 0, 300, 385, 485 or 580; null where not known.
    cast(linked.hours_from as smallint) as hours_from,
    -- How it ended: achieved, completed, withdrawn or paused; null while it goes on or where it is not known.
    linked.outcome as outcome,
    -- Whether it was left before the days from which DfE counts a start: 42 of what was planned for 24 weeks or
    -- more, 14 of what was planned for two weeks or more, else 1.
    coalesce(linked.outcome = 'withdrawn' and linked.end_date - linked.start_date + 1 < case
        when linked.planned_end_date - linked.start_date + 1 >= 168 then 42
        when linked.planned_end_date - linked.start_date + 1 >= 14 then 14
        else 1
    end, false) as left_early,
    -- Sector of the provider; unknown where it is not in the register.
    coalesce(provider.sector, 'unknown') as sector,
    -- Kind of provider: college, school, library and so on; unknown where it is not in the register.
    coalesce(provider.provider_kind, 'unknown') as provider_kind,
    -- constant where the provider has records of every year (core.panel), else other.
    case when panel.provider_id is null then 'other' else 'constant' end as panel,
    -- Kind of learning: the same number for the same level, setting, theme, sector and kind of provider, panel,
    -- curriculum year and place.
    hash(
        linked.isced, linked.setting, linked.theme, provider.sector, provider.provider_kind, panel.provider_id is null,
        linked.intended_age, linked.place
    ) as activity_id
from identity.learning_record as linked
join core.academic_year as year on linked.academic_year = year.academic_year
left join reference.provider_class as provider on linked.provider_id = provider.provider_id
left join core.panel as panel on linked.provider_id = panel.provider_id
anti join identity.restated_record as restated on linked.record_id = restated.record_id
where coalesce(linked.start_date <= year.last_day, true)
    and coalesce(linked.end_date >= year.first_day, true)
