-- Learning aims of the ILR returns that stand, in the shape all extracts share.
-- Grain: one row for each aim of a learner in a return. Programme aims (type 1) and aims outside a programme (4)
-- count, core aims (5) only where there is no programme; components (3) never do, because their programme is
-- counted already.
with
-- The few hundred different things that are learned, looked up once each.
offer as (
    select
        aim.learn_aim_ref, aim.aim_type, aim.prog_type, aim.standard_code,
        coalesce(aim.prog_type in ('2', '3', '20', '21', '22', '23', '25'), false) as is_apprenticeship
    from accepted.ilr_learning_delivery as aim
    group by aim.learn_aim_ref, aim.aim_type, aim.prog_type, aim.standard_code
),

classified as (
    select
        offer.*,
        case when offer.aim_type = '1'
            then concat_ws(':', offer.learn_aim_ref, offer.prog_type, offer.standard_code)
            else offer.learn_aim_ref
        end as course,
        case
            when coalesce(catalogue.formality = 'non-formal', false) or coalesce(offer.prog_type = '32', false) then 'NF'
            when catalogue.learn_aim_ref is null and offer.learn_aim_ref like 'Z%' and offer.aim_type = '4' then 'NF'
            else coalesce(by_programme.isced, by_standard.isced, by_aim.isced, '9')
        end as isced,
        coalesce(theme.theme, 'other') as theme
    from offer
    left join reference.learning_aim as catalogue on offer.learn_aim_ref = catalogue.learn_aim_ref
    left join reference.apprenticeship_standard as standard on offer.standard_code = standard.standard_code
    left join reference.isced_mapping as by_programme
        on by_programme.scheme = 'ilr_programme_type' and offer.prog_type = by_programme.code
    left join reference.isced_mapping as by_standard
        on by_standard.scheme = 'apprenticeship_level' and standard.notional_end_level = by_standard.code
        and offer.is_apprenticeship
    left join reference.isced_mapping as by_aim
        on by_aim.scheme = 'aim_level'
        and by_aim.code = concat_ws(':', catalogue.notional_nvq_level_v2, catalogue.orientation)
    left join reference.theme as theme
        on coalesce(catalogue.ssa_tier1, standard.ssa_tier1) = theme.ssa_tier1
)

select
    -- Identifies the record. A record of a return prepared later has a higher number.
    receipt.return_no * 4294967296 + aim.line as record_id,
    -- The return it came in.
    receipt.return_no as return_no,
    -- The extract format.
    'ilr' as collection,
    -- The provider: UKPRN.
    receipt.provider as provider_id,
    -- Academic year of the return.
    receipt.academic_year as academic_year,
    -- The provider's own reference for the learner.
    learner.learn_ref_number as local_ref,
    -- Unique learner number as sent, valid or not.
    learner.uln as uln,
    -- Unique pupil number as sent; the ILR has none.
    cast(null as varchar) as upn,
    -- Family name as sent.
    learner.family_name as family_name,
    -- Given names as sent.
    learner.given_names as given_names,
    -- Former family name; the ILR has none.
    cast(null as varchar) as former_family_name,
    -- Date of birth.
    learner.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(learner.sex, 'U') as sex,
    -- Home postcode: at the start of the aim where it is known (ZZ99 9ZZ: not known), else the current one.
    coalesce(nullif(aim.lsd_postcode, 'ZZ99 9ZZ'), learner.postcode) as postcode,
    -- First day of learning.
    aim.start_date as start_date,
    -- Last day of learning; null while it goes on.
    aim.actual_end_date as end_date,
    -- What is learned, in the extract's own code.
    classified.course as course,
    -- ISCED 2011 level and orientation (02, 1, 24, 25, 34, 35, 44, 45, 54, 55, 6 to 8); 9 where not known; NF where non-formal.
    classified.isced as isced,
    -- Where the learning takes place: family, community, workplace or institution.
    case
        when aim.community_purpose in ('ASL3', 'ASL4', 'ACL5') then 'family'
        when aim.fund_model in ('10', '11') then 'community'
        when classified.is_apprenticeship then 'workplace'
        else 'institution'
    end as setting,
    -- Theme of the learning.
    classified.theme as theme,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    ethnicity.ethnicity as ethnicity,
    -- PD with a disability or health problem, PWD without; null where it is not known.
    case learner.lldd_health_prob when '1' then 'PD' when '2' then 'PWD' end as disability,
    -- Age on 31 August that the national curriculum year is meant for: 5 in Year 1; null where there is none.
    cast(null as smallint) as intended_age,
    -- Postcode of the place of learning, where the return says it.
    aim.delivery_postcode as delivery_postcode,
    -- Last day that was planned; null where the return does not say.
    aim.planned_end_date as planned_end_date,
    -- How it ended: achieved, completed (without an achievement), withdrawn or paused; null while it goes on or
    -- where the return does not say.
    case
        when aim.completion_status = '2' and aim.outcome = '1' then 'achieved'
        when aim.completion_status = '2' then 'completed'
        when aim.completion_status = '3' then 'withdrawn'
        when aim.completion_status = '6' then 'paused'
    end as outcome,
    -- Hours planned for the learner in the academic year at this provider; null where the return does not say.
    learner.planned_hours as planned_hours,
    -- Why the record does not count; null where it does.
    case
        when aim.aim_type = '3' then 'component'
        when aim.aim_type = '5' and aim.prog_type is not null then 'core_aim'
    end as not_counted
from accepted.ilr_learning_delivery as aim
join classified
    on aim.learn_aim_ref is not distinct from classified.learn_aim_ref
    and aim.aim_type is not distinct from classified.aim_type
    and aim.prog_type is not distinct from classified.prog_type
    and aim.standard_code is not distinct from classified.standard_code
join accepted.receipt as receipt on aim.return_id = receipt.return_id
join accepted.ilr_learner as learner
    on aim.return_id = learner.return_id and aim.parent_line = learner.line
left join reference.ethnicity as ethnicity on ethnicity.scheme = 'ilr' and learner.ethnicity = ethnicity.code
