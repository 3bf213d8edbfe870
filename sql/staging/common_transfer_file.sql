-- Pupils of Common Transfer Files, in the shape all extracts share.
-- Grain: one row for each pupil of a return. Pupils on the school's own roll count: current ones, and those for whom
-- it is the main of two schools. Guests and others are on another's roll.
with pupil as (
    select
        receipt.return_no, receipt.academic_year, receipt.provider, roll.*,
        make_date(year(roll.year_start), 9, 1) as first_day
    from accepted.common_transfer_file_pupil as roll
    join accepted.receipt as receipt on roll.return_id = receipt.return_id
)

select
    -- Identifies the record. A record of a return prepared later has a higher number.
    pupil.return_no * 4294967296 + pupil.line as record_id,
    -- The return it came in.
    pupil.return_no as return_no,
    -- The extract format.
    'common_transfer_file' as collection,
    -- The school: three digits of the local authority, four of the establishment.
    pupil.provider as provider_id,
    -- Academic year of the return.
    pupil.academic_year as academic_year,
    -- The pupil number, else the line of the year's file: a pupil without one is recognised in no other return.
    coalesce(pupil.upn, concat('line ', pupil.line, ' of ', pupil.academic_year)) as local_ref,
    -- Unique learner number as sent, if valid; pupils have one from age 14.
    pupil.uln as uln,
    -- Unique pupil number as sent, if valid.
    pupil.upn as upn,
    -- Family name as sent.
    pupil.family_name as family_name,
    -- Given names as sent.
    pupil.given_names as given_names,
    -- Former family name as sent.
    pupil.former_family_name as former_family_name,
    -- Date of birth.
    pupil.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(pupil.sex, 'U') as sex,
    -- Home postcode.
    pupil.postcode as postcode,
    -- First day on roll; where the file does not say, 1 September of the academic year.
    coalesce(pupil.entry_date, pupil.first_day) as start_date,
    -- Last day on roll, where the pupil has left.
    pupil.leaving_date as end_date,
    -- What is learned, in the extract's own code: the national curriculum year.
    concat('NCY', pupil.nc_year) as course,
    -- ISCED 2011 level and orientation; 9 where the curriculum year is not known.
    coalesce(level.isced, '9') as isced,
    -- Where the learning takes place.
    'institution' as setting,
    -- Theme of the learning.
    'general_schooling' as theme,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    ethnicity.ethnicity as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    cast(null as varchar) as disability,
    -- Age on 31 August that the national curriculum year is meant for: 5 in Year 1; null where there is none.
    cast(try_cast(pupil.nc_year as smallint) + 4 as smallint) as intended_age,
    -- Postcode of the place of learning, where the return says it.
    cast(null as varchar) as delivery_postcode,
    -- Last day that was planned; null where the return does not say.
    cast(null as date) as planned_end_date,
    -- How it ended: achieved, completed (without an achievement), withdrawn or paused; null while it goes on or
    -- where the return does not say.
    cast(null as varchar) as outcome,
    -- Hours planned for the learner in the academic year at this provider; null where the return does not say.
    cast(null as integer) as planned_hours,
    -- Why the record does not count; null where it does.
    case
        when pupil.enrolment_status not in ('C', 'M') then 'on_another_roll'
        when pupil.leaving_date < pupil.first_day then 'left_before_year'
    end as not_counted
from pupil
left join reference.isced_mapping as level
    on level.scheme = 'national_curriculum_year' and pupil.nc_year = level.code
left join reference.ethnicity as ethnicity on ethnicity.scheme = 'dfe' and substring(pupil.ethnicity, 1, 1) = ethnicity.code
