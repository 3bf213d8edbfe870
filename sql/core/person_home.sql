-- Persons of each year by where they live and who they are: for indicators about what persons did over time.
-- Restricted. Grain: one row for each person, academic year and breakdown of home.
select
    -- Pseudonym of the person.
    participation.person_id as person_id,
    -- Academic year.
    participation.academic_year as academic_year,
    -- city, elsewhere or unknown: where the person lives.
    participation.residence as residence,
    -- Age in completed years on 31 August; null where not known.
    participation.age as age,
    -- F, M or U (not known).
    participation.sex as sex,
    -- ward, deprivation, decile, ethnicity, disability, or _T.
    home.breakdown as breakdown,
    -- Which category of it, or _T.
    home.category as category,
    -- How many persons this counts if everybody doubtful were joined.
    participation.if_all_joined as if_all_joined,
    -- How many persons this counts if nobody doubtful were joined.
    participation.if_none_joined as if_none_joined,
    -- Rounding key.
    rounding.record_key as record_key
from core.participation as participation
join identity.rounding_key as rounding on participation.person_id = rounding.person_id
join core.home_part as home on participation.home_id = home.home_id
