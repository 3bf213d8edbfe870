-- Children of the early years census, in the shape all extracts share.
-- Grain: one row for each child at a setting in a return. A child has no pupil or learner number here, so that
-- one who is at two settings, or also in a school's nursery class, is not recognised as the same.
with child as (
    select
        receipt.return_no, receipt.academic_year, receipt.provider as authority,
        eychild.return_id, eychild.line, eychild.child_id, eychild.census_id, eychild.birth_date, eychild.sex,
        eychild.postcode, eychild.ethnicity, eychild.family_name, eychild.given_names,
        -- Completed years on 31 August, in whole-number arithmetic; children born after it are below 0.
        (
            1000000 + cast(substring(receipt.academic_year, 1, 4) as integer) * 10000 + 831
            - (year(eychild.birth_date) * 10000 + month(eychild.birth_date) * 100 + day(eychild.birth_date))
        ) // 10000 - 100 as age
    from accepted.early_years_census_eychild as eychild
    join accepted.receipt as receipt on eychild.return_id = receipt.return_id
)

select
    -- Identifies the record. A record of a return prepared later has a higher number.
    child.return_no * 4294967296 + child.line as record_id,
    -- The return it came in.
    child.return_no as return_no,
    -- The extract format.
    'early_years_census' as collection,
    -- The setting, by its number with DfE or Ofsted; the local authority where the return does not say.
    coalesce(setting.urn, child.authority) as provider_id,
    -- Academic year of the return.
    child.academic_year as academic_year,
    -- The export's own key of the child. Every return has other keys, so one stands for a child of its year only.
    concat(child.child_id, ' of ', child.academic_year) as local_ref,
    -- Unique learner number; young children have none.
    cast(null as varchar) as uln,
    -- Unique pupil number; this census has none.
    cast(null as varchar) as upn,
    -- Family name as sent.
    child.family_name as family_name,
    -- Given names as sent.
    child.given_names as given_names,
    -- Former family name; this census has none.
    cast(null as varchar) as former_family_name,
    -- Date of birth.
    child.birth_date as birth_date,
    -- F, M, or U where it is not known.
    coalesce(child.sex, 'U') as sex,
    -- Home postcode.
    child.postcode as postcode,
    -- First day; this census does not ask for it.
    cast(null as date) as start_date,
    -- Last day; this census does not ask for it.
    cast(null as date) as end_date,
    -- What is learned: a code of our own for early years, by age on 31 August.
    concat('EY', case when child.age >= 3 then '02' else '01' end) as course,
    -- ISCED 2011 level: 02 (pre-primary) from age 3 on 31 August, 01 (early childhood development) before.
    case when child.age >= 3 then '02' else '01' end as isced,
    -- Where the learning takes place.
    'institution' as setting,
    -- Theme of the learning.
    'general_schooling' as theme,
    -- Ethnic group, of the five harmonised ones; null where it is not known.
    ethnicity.ethnicity as ethnicity,
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
from child
left join accepted.early_years_census_eycensus as setting
    on child.return_id = setting.return_id and child.census_id = setting.census_id
left join reference.ethnicity as ethnicity on ethnicity.scheme = 'dfe' and substring(child.ethnicity, 1, 1) = ethnicity.code
