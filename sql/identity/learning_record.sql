-- Learning records without what identifies anybody: a pseudonym for the person, age for the date of birth, small area
-- for the postcode. The door out of the vault: nothing after it reads names, dates of birth, numbers or postcodes.
-- Grain: one row for each record.
select
    -- Identifies the record. A record of a return prepared later has a higher number.
    record.record_id as record_id,
    -- Pseudonym of the person.
    link.person_id as person_id,
    -- How the record is tied to its person: uln, upn, local or names.
    link.linked_by as linked_by,
    -- Whom it would be if nobody doubtful were joined; null where nobody is doubtful.
    link.finer_id as finer_id,
    -- Whom it would be if everybody doubtful were joined; null where nobody is doubtful.
    link.coarser_id as coarser_id,
    -- The provider.
    record.provider_id as provider_id,
    -- The extract format.
    record.collection as collection,
    -- Academic year.
    record.academic_year as academic_year,
    -- Age in completed years on 31 August, in whole-number arithmetic, so that 29 February needs no rule.
    -- The million keeps the quotient positive where the child is born after that day (age -1).
    cast((
        1000000 + year.start_year * 10000 + 831
        - (year(record.birth_date) * 10000 + month(record.birth_date) * 100 + day(record.birth_date))
    ) // 10000 - 100 as smallint) as age,
    -- F, M or U (not known).
    record.sex as sex,
    -- Whether the person lives in the city, elsewhere or is not known to.
    case
        when home.lad_code = city.area_code then 'city'
        when record.postcode is null or record.postcode = 'ZZ99 9ZZ' then 'unknown'
        else 'elsewhere'
    end as residence,
    -- LSOA of residence within the city.
    home.lsoa21_code as lsoa21_code,
    -- First day of learning.
    record.start_date as start_date,
    -- Last day of learning; null while it goes on.
    record.end_date as end_date,
    -- What is learned, in the extract's own code.
    record.course as course,
    -- ISCED 2011 level and orientation; NF where non-formal.
    record.isced as isced,
    -- Where the learning takes place.
    record.setting as setting,
    -- Theme of the learning.
    record.theme as theme,
    -- Ethnic group; null where it is not known.
    record.ethnicity as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    record.disability as disability,
    -- Age on 31 August that the curriculum year is meant for; null where there is none.
    record.intended_age as intended_age,
    -- Whether the place of learning is in the city or elsewhere: by its postcode, else the provider's main site.
    case
        when coalesce(there.lad_code, city.area_code) = city.area_code then 'city'
        else 'elsewhere'
    end as place,
    -- Ward of the place of learning, within the city.
    there.ward23_code as place_ward,
    -- Kilometres from home to the place of learning as the crow flies, the first of a band: 0 for under 2, 2 for under 5,
    -- 5 for under 10, or 10 (the first bands of the census's distance to work); null where one of them is not known.
    -- On the scale of a city the earth is flat: a degree of latitude is 111.2 km, one of longitude its cosine of that.
    case
        when apart.kilometres < 2 then 0
        when apart.kilometres < 5 then 2
        when apart.kilometres < 10 then 5
        when apart.kilometres >= 10 then 10
    end as distance_from,
    -- Last day that was planned; null where it is not known.
    record.planned_end_date as planned_end_date,
    -- How it ended: achieved, completed, withdrawn or paused; null while it goes on or where it is not known.
    record.outcome as outcome,
    -- Hours planned for the learner in the academic year at this provider, the first of a band of DfE's funding of
    -- students: 0 for under 300, 300 for under 385, 385 for under 485, 485 for under 580, or 580; null where not known.
    case
        when record.planned_hours < 300 then 0
        when record.planned_hours < 385 then 300
        when record.planned_hours < 485 then 385
        when record.planned_hours < 580 then 485
        when record.planned_hours >= 580 then 580
    end as hours_from
from staging.learning_record as record
join identity.person_link as link on record.record_id = link.record_id
join reference.academic_year as year on record.academic_year = year.academic_year
cross join reference.city as city
left join reference.postcode as home on record.postcode = home.postcode
left join reference.postcode as site on record.delivery_postcode = site.postcode
left join reference.provider_class as provider on record.provider_id = provider.provider_id
left join reference.postcode as there on coalesce(site.postcode, provider.postcode) = there.postcode
cross join lateral (
    select
        111.2 * sqrt(
            (there.latitude - home.latitude) ** 2
            + ((there.longitude - home.longitude) * cos(radians(home.latitude))) ** 2
        ) as kilometres
) as apart
