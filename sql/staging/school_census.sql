-- Pupils of the school censuses of a year's three terms, in the shape all extracts share.
-- Grain: one row for each pupil of each term's return, on roll or no longer on roll.
-- A pupil counts once at a school in a year, whatever the number of terms: where any term's return has them on roll as
-- current single (C) or main dual (M) registration, or with blank status; subsidiary ones do not count, because the
-- main school counts the pupil. Who is only among the pupils no longer on roll counts where they left after 31 August
-- and no school of that return has them on roll. What the row that counts says is what the latest return says, or an
-- earlier one where the later does not.
with
-- Both modules of every term. Leavers have no enrolment status.
sent as (
    select
        return_id, line, true as on_roll, school_census_id, upn, uln, family_name, given_names,
        former_family_name, birth_date, sex, entry_date, pupil_id, enrolment_status, nc_year,
        -- Asked in spring only.
        nullif(ethnicity, 'not asked') as ethnicity, cast(null as date) as leaving_date
    from accepted.school_census_pupilonroll
    union all
    select
        return_id, line, false as on_roll, school_census_id, upn, uln, family_name, given_names,
        former_family_name, birth_date, sex, entry_date, pupil_id, cast(null as varchar) as enrolment_status,
        -- Only autumn returns ask for the curriculum year of leavers.
        nullif(nc_year, 'not asked') as nc_year, cast(null as varchar) as ethnicity, leaving_date
    from accepted.school_census_pupilnolongeronroll
),

-- Pupils by their return, so that both lines of files of one return have numbers of their own.
placed as (
    select
        receipt.return_no,
        -- Within a return, what is said of those on roll ranks above what is said of leavers.
        receipt.return_no * 4294967296 + if(sent.on_roll, 2147483648, 0) + sent.line as record_id,
        header.lea || header.estab as provider_id,
        receipt.academic_year,
        cast(substring(receipt.academic_year, 1, 4) as integer) as start_year,
        -- Completed years on 31 August, in whole-number arithmetic.
        (start_year * 10000 + 831 - cast(strftime(sent.birth_date, '%Y%m%d') as integer)) // 10000 as age,
        sent.*
    from sent
    join accepted.receipt as receipt on sent.return_id = receipt.return_id
    join accepted.school_census_schoolcensus as header
        on sent.return_id = header.return_id and sent.school_census_id = header.school_census_id
),

-- The export's keys differ from term to term. Who has no pupil number is known by what a school does not
-- change: sex, the days of birth and entry, and, of several alike, a number in order.
alike as (
    select
        placed.*,
        concat_ws(
            '/', coalesce(strftime(birth_date, '%Y-%m-%d'), '?'), coalesce(sex, 'U'),
            coalesce(strftime(entry_date, '%Y-%m-%d'), '?'),
            row_number() over (
                partition by return_no, provider_id, birth_date, sex, entry_date, on_roll
                order by upn nulls last, record_id
            )
        ) as local_ref
    from placed
),

known as (
    select
        alike.* exclude (upn),
        -- A number that one term's return lacks is taken from another's.
        coalesce(
            upn,
            case when birth_date is not null and entry_date is not null
                then max(upn) over (partition by provider_id, academic_year, local_ref)
            end
        ) as upn
    from alike
),

counted as (
    select
        known.*,
        coalesce(upn, provider_id || local_ref) as pupil,
        case
            when enrolment_status not in ('C', 'M') then 'on_another_roll'
            when on_roll then null
            when leaving_date is null then 'no_leaving_date'
            when leaving_date < make_date(start_year, 9, 1) then 'left_before_year'
            -- Leavers in the summer holidays took no part in this year's schooling.
            when leaving_date > make_date(start_year + 1, 7, 31) then 'left_after_year'
            when bool_or(on_roll) over (partition by return_no, coalesce(upn, provider_id || local_ref))
                then 'on_roll'
        end as not_counted
    from known
),

home as (
    select return_id, true as on_roll, pupil_id, min(postcode) as postcode
    from accepted.school_census_addresses
    group by return_id, pupil_id
    union all
    select return_id, false as on_roll, pupil_id, min(postcode) as postcode
    from accepted.school_census_addressesoffroll
    group by return_id, pupil_id
),

-- The latest that counts of a pupil, school and year, with what only an earlier one says.
latest as (
    select
        counted.record_id,
        counted.return_no,
        counted.provider_id,
        counted.academic_year,
        counted.on_roll,
        counted.age,
        counted.local_ref,
        counted.upn,
        last_value(counted.uln ignore nulls) over through as uln,
        last_value(counted.family_name ignore nulls) over through as family_name,
        last_value(counted.given_names ignore nulls) over through as given_names,
        last_value(counted.former_family_name ignore nulls) over through as former_family_name,
        last_value(counted.birth_date ignore nulls) over through as birth_date,
        last_value(counted.sex ignore nulls) over through as sex,
        last_value(home.postcode ignore nulls) over through as postcode,
        last_value(counted.entry_date ignore nulls) over through as entry_date,
        last_value(counted.leaving_date) over through as leaving_date,
        last_value(counted.nc_year ignore nulls) over through as nc_year_stated,
        last_value(counted.ethnicity ignore nulls) over through as ethnicity,
        counted.not_counted,
        max(counted.record_id) filter (where counted.not_counted is null) over through as standing_id
    from counted
    left join home
        on counted.return_id = home.return_id and counted.pupil_id = home.pupil_id
        and counted.on_roll = home.on_roll
    window through as (
        partition by counted.provider_id, counted.academic_year, counted.pupil
        order by counted.record_id rows between unbounded preceding and unbounded following
    )
),

pupil as (
    select
        latest.*,
        -- A leaver whose curriculum year no return gave has the one of their age.
        coalesce(
            nc_year_stated,
            case when not on_roll and age between 5 and 18 then cast(age - 4 as varchar)
                when not on_roll then ['N1', 'N2', 'R'][age - 1]
            end
        ) as nc_year
    from latest
)

select
    -- Identifies the record. A record of a return prepared later has a higher number.
    pupil.record_id as record_id,
    -- The return it came in.
    pupil.return_no as return_no,
    -- The extract format.
    'school_census' as collection,
    -- The school: three digits of the local authority, four of the establishment.
    pupil.provider_id as provider_id,
    -- Academic year of the return.
    pupil.academic_year as academic_year,
    -- Stands for a pupil number: sex, days of birth and entry, and a number among those alike at the school.
    pupil.local_ref as local_ref,
    -- Unique learner number as sent, valid or not; pupils have one from age 14.
    pupil.uln as uln,
    -- Unique pupil number as sent.
    pupil.upn as upn,
    -- Family name as sent, in the latest return that has one.
    pupil.family_name as family_name,
    -- Given names as sent, in the latest return that has any.
    pupil.given_names as given_names,
    -- Former family name as sent, in the latest return that has one.
    pupil.former_family_name as former_family_name,
    -- Date of birth.
    pupil.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(pupil.sex, 'U') as sex,
    -- Home postcode.
    pupil.postcode as postcode,
    -- First day on roll.
    pupil.entry_date as start_date,
    -- Last day on roll, where a later return says that the pupil has left; null while it goes on.
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
        when pupil.not_counted is not null then pupil.not_counted
        when pupil.record_id <> pupil.standing_id then 'another_term'
    end as not_counted
from pupil
left join reference.isced_mapping as level
    on level.scheme = 'national_curriculum_year' and pupil.nc_year = level.code
left join reference.ethnicity as ethnicity on ethnicity.scheme = 'dfe' and substring(pupil.ethnicity, 1, 1) = ethnicity.code
