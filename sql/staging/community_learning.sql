-- Enrolments on the community-learning template, in the shape all extracts share.
-- Grain: one row for each learner and course of a return.
select
    -- Identifies the record. A record of a return prepared later has a higher number.
    receipt.return_no * 4294967296 + enrolment.line as record_id,
    -- The return it came in.
    receipt.return_no as return_no,
    -- The extract format.
    'community_learning' as collection,
    -- The organisation, by its number in the provider register.
    receipt.provider as provider_id,
    -- Academic year of the return.
    receipt.academic_year as academic_year,
    -- The organisation's own reference for the learner.
    enrolment.learner_reference as local_ref,
    -- Unique learner number as sent, valid or not.
    enrolment.uln as uln,
    -- Unique pupil number as sent; the template has none.
    cast(null as varchar) as upn,
    -- Family name as sent; files on the former template have none.
    enrolment.family_name as family_name,
    -- Given names as sent; files on the former template have none.
    enrolment.given_names as given_names,
    -- Former family name; the template has none.
    cast(null as varchar) as former_family_name,
    -- Date of birth.
    enrolment.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(enrolment.sex, 'U') as sex,
    -- Home postcode.
    enrolment.postcode as postcode,
    -- First day of learning.
    enrolment.start_date as start_date,
    -- Last day of learning; null while it goes on.
    enrolment.end_date as end_date,
    -- What is learned: the course's title.
    enrolment.course_title as course,
    -- ISCED 2011 level: 9 (not known) where the course leads to a recognised qualification, else NF (non-formal).
    case when enrolment.accredited then '9' else 'NF' end as isced,
    -- Where the learning takes place: family, community, workplace or institution.
    enrolment.setting as setting,
    -- Theme of the learning.
    enrolment.theme as theme,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    cast(null as varchar) as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    cast(null as varchar) as disability,
    -- Age on 31 August that the national curriculum year is meant for: 5 in Year 1; null where there is none.
    cast(null as smallint) as intended_age,
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
    cast(null as varchar) as not_counted
from accepted.community_learning_enrolment as enrolment
join accepted.receipt as receipt on enrolment.return_id = receipt.return_id
