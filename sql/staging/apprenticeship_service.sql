-- Apprentices as their employers have them in the apprenticeship service, in the shape all extracts share.
-- Grain: one row for each apprentice and standard of a return. The training provider's ILR normally has the
-- same apprentice: the learner number, which every row has, joins the two, so that the person counts once.
select
    -- Identifies the record. A record of a return prepared later has a higher number.
    receipt.return_no * 4294967296 + apprentice.line as record_id,
    -- The return it came in.
    receipt.return_no as return_no,
    -- The extract format.
    'apprenticeship_service' as collection,
    -- The employer, by its number in the provider register.
    receipt.provider as provider_id,
    -- Academic year of the return.
    receipt.academic_year as academic_year,
    -- The learner number: the file has no other reference that every apprentice has.
    apprentice.uln as local_ref,
    -- Unique learner number; rows without a valid one were set aside.
    apprentice.uln as uln,
    -- Unique pupil number; the file has none.
    cast(null as varchar) as upn,
    -- Family name as sent.
    apprentice.family_name as family_name,
    -- Given names as sent.
    apprentice.given_names as given_names,
    -- Former family name; the file has none.
    cast(null as varchar) as former_family_name,
    -- Date of birth.
    apprentice.birth_date as birth_date,
    -- Not known: the file does not say. It is taken from another return that has the learner number.
    'U' as sex,
    -- Not known: the file does not say. It is taken from another return that has the learner number.
    cast(null as varchar) as postcode,
    -- First day of training.
    apprentice.start_date as start_date,
    -- Planned end of training: the last day of the month that the file names.
    apprentice.end_date as end_date,
    -- What is learned, as the ILR has it: the programme aim of a standard (programme type 25) and its code.
    concat('ZPROG001:25:', apprentice.standard_code) as course,
    -- ISCED 2011 level and orientation, by the standard's level; 9 where the standard is not known.
    coalesce(level.isced, '9') as isced,
    -- Where the learning takes place.
    'workplace' as setting,
    -- Theme of the learning, by the standard's subject area.
    coalesce(theme.theme, 'other') as theme,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    cast(null as varchar) as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    cast(null as varchar) as disability,
    -- Age on 31 August that the national curriculum year is meant for: 5 in Year 1; null where there is none.
    cast(null as smallint) as intended_age,
    -- Postcode of the place of learning, where the return says it.
    cast(null as varchar) as delivery_postcode,
    -- Last day that was planned; null where the return does not say.
    apprentice.end_date as planned_end_date,
    -- How it ended: achieved, completed (without an achievement), withdrawn or paused; null while it goes on or
    -- where the return does not say.
    cast(null as varchar) as outcome,
    -- Hours planned for the learner in the academic year at this provider; null where the return does not say.
    cast(null as integer) as planned_hours,
    -- Why the record does not count; null where it does.
    cast(null as varchar) as not_counted
from accepted.apprenticeship_service_apprentice as apprentice
join accepted.receipt as receipt on apprentice.return_id = receipt.return_id
left join reference.apprenticeship_standard as standard
    on apprentice.standard_code = standard.standard_code
left join reference.isced_mapping as level
    on level.scheme = 'apprenticeship_level' and standard.notional_end_level = level.code
left join reference.theme as theme on standard.ssa_tier1 = theme.ssa_tier1
