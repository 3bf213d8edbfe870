-- Course sessions of university students, in the shape all extracts share.
-- Grain: one row for each session of a student's engagement in a return. Dormant sessions (modes 63 and 64) do not
-- count: the student does not study. Sessions without a mode do.
with theme_share as (
    -- How much of a qualification is of which theme, in percent. Subjects without a share or of no theme have none.
    select
        subject.return_id, subject.qualification_id, theme.theme, theme.position,
        sum(coalesce(subject.proportion, 0)) as share
    from accepted.student_record_qualification_subject as subject
    join reference.subject as area on subject.subject = area.code
    join reference.theme as theme on area.ssa_tier1 = theme.ssa_tier1
    group by subject.return_id, subject.qualification_id, theme.theme, theme.position
),

studied as (
    -- The theme of most of a qualification; of equals the one that is printed first.
    select return_id, qualification_id, first(theme order by share desc, position) as theme
    from theme_share
    group by return_id, qualification_id
),

impairment as (
    -- Whether a student has a disability, by all that is said of it: 95 is none; 98 and 99 say nothing.
    select
        return_id, parent_line,
        case
            when bool_or(disability in ('51', '53', '54', '55', '56', '57', '58', '59', '96')) then 'PD'
            when bool_or(disability = '95') then 'PWD'
        end as disability
    from accepted.student_record_disability
    group by return_id, parent_line
)

select
    -- Identifies the record. A record of a return prepared later has a higher number.
    receipt.return_no * 4294967296 + session.line as record_id,
    -- The return it came in.
    receipt.return_no as return_no,
    -- The extract format.
    'student_record' as collection,
    -- The university: UKPRN.
    receipt.provider as provider_id,
    -- Academic year of the return.
    receipt.academic_year as academic_year,
    -- The student's identifier with the university (SID), the same in all engagements.
    student.sid as local_ref,
    -- Unique learner number, valid ones only; most students have none.
    student.uln as uln,
    -- Unique pupil number as sent; the student record has none.
    cast(null as varchar) as upn,
    -- Family name as sent.
    student.family_name as family_name,
    -- Given names as sent.
    student.given_names as given_names,
    -- Former family name; what is read of the student record has none.
    cast(null as varchar) as former_family_name,
    -- Date of birth.
    student.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(student.sex, 'U') as sex,
    -- Home postcode: in term, where the census and the population estimates count students, else before entry.
    coalesce(student.term_postcode, entry.postcode) as postcode,
    -- First day of learning.
    session.start_date as start_date,
    -- Last day of learning, of the session or of the whole engagement if that was left earlier; null while it goes on.
    least(session.end_date, case when leaver.end_date >= session.start_date then leaver.end_date end) as end_date,
    -- What is learned: the university's own code of the course.
    coalesce(session.course_id, 'unknown') as course,
    -- ISCED 2011 level and orientation, from the first letter of the qualification's category; 9 where not known.
    coalesce(level.isced, '9') as isced,
    -- Where the learning takes place.
    'institution' as setting,
    -- Theme of the learning, from the subjects (HECoS) of the qualification.
    coalesce(studied.theme, 'other') as theme,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    ethnicity.ethnicity as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    impairment.disability as disability,
    -- Age on 31 August that the national curriculum year is meant for: 5 in Year 1; null where there is none.
    cast(null as smallint) as intended_age,
    -- Postcode of the place of learning, where the return says it.
    cast(null as varchar) as delivery_postcode,
    -- Last day that was planned; null where the return does not say.
    cast(null as date) as planned_end_date,
    -- How it ended: achieved, completed (without an achievement), withdrawn or paused; null while it goes on or
    -- where the return does not say.
    case
        -- Left later than the session, died, or not yet known why.
        when leaver.end_date > session.end_date or leaver.reason in ('05', '98') then null
        when leaver.reason = '01' then 'achieved'
        when leaver.reason is not null then 'withdrawn'
    end as outcome,
    -- Hours planned for the learner in the academic year at this provider; null where the return does not say.
    cast(null as integer) as planned_hours,
    -- Why the record does not count; null where it does.
    case when session.mode in ('63', '64') then 'dormant' end as not_counted
from accepted.student_record_student_course_session as session
join accepted.receipt as receipt on session.return_id = receipt.return_id
join accepted.student_record_engagement as engagement
    on session.return_id = engagement.return_id and session.parent_line = engagement.line
join accepted.student_record_student as student
    on session.return_id = student.return_id and engagement.parent_line = student.line
left join accepted.student_record_entry_profile as entry
    on session.return_id = entry.return_id and session.parent_line = entry.parent_line
left join accepted.student_record_leaver as leaver
    on session.return_id = leaver.return_id and session.parent_line = leaver.parent_line
left join accepted.student_record_course as course
    on session.return_id = course.return_id and session.course_id = course.course_id
left join accepted.student_record_qualification as qualification
    on session.return_id = qualification.return_id and course.qualification_id = qualification.qualification_id
left join studied
    on session.return_id = studied.return_id and course.qualification_id = studied.qualification_id
left join impairment
    on session.return_id = impairment.return_id and engagement.parent_line = impairment.parent_line
left join reference.isced_mapping as level
    on level.scheme = 'hesa_qualcat' and qualification.level = level.code
left join reference.ethnicity as ethnicity on ethnicity.scheme = 'hesa' and student.ethnicity = ethnicity.code
