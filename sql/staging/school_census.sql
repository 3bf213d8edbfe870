-- Pupils on roll in the spring school census, in the shape all extracts share.
-- Grain: one row for each countable registration of a pupil at a school. Current single (C) and main dual (M)
-- registrations count, and those whose status is blank; subsidiary ones do not, because the main school
-- counts the pupil.
select
    -- Identifies the record. A record of a return prepared later has a higher number.
    receipt.return_no * 4294967296 + pupil.line as record_id,
    -- The return it came in.
    receipt.return_no as return_no,
    -- The extract format.
    'school_census' as collection,
    -- The school: three digits of the local authority, four of the establishment.
    header.lea || header.estab as provider_id,
    -- Academic year of the return.
    receipt.academic_year as academic_year,
    -- The export's own key of the pupil.
    pupil.pupil_id as local_ref,
    -- Unique learner number as sent, valid or not; pupils have one from age 14.
    pupil.uln as uln,
    -- Unique pupil number as sent.
    pupil.upn as upn,
    -- Date of birth.
    pupil.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(pupil.sex, 'U') as sex,
    -- Home postcode.
    home.postcode as postcode,
    -- First day on roll.
    pupil.entry_date as start_date,
    -- Last day of learning; null while it goes on.
    cast(null as date) as end_date,
    -- What is learned, in the extract's own code: the national curriculum year.
    concat('NCY', pupil.nc_year) as course,
    -- ISCED 2011 level and orientation; 9 where the curriculum year is not known.
    coalesce(level.isced, '9') as isced,
    -- Where the learning takes place.
    'institution' as setting,
    -- Theme of the learning.
    'general_schooling' as theme
from accepted.school_census_pupilonroll as pupil
join accepted.receipt as receipt on pupil.return_id = receipt.return_id
join accepted.school_census_schoolcensus as header
    on pupil.return_id = header.return_id and pupil.school_census_id = header.school_census_id
left join (
    select return_id, pupil_id, min(postcode) as postcode
    from accepted.school_census_addresses
    group by return_id, pupil_id
) as home on pupil.return_id = home.return_id and pupil.pupil_id = home.pupil_id
left join reference.isced_mapping as level
    on level.scheme = 'national_curriculum_year' and pupil.nc_year = level.code
where coalesce(pupil.enrolment_status, 'C') in ('C', 'M')
