-- Where people live and who they are, by each way of breaking it down.
-- Grain: one row for each home (what participation knows of where a person lives and who they are) and breakdown.
with home as (
    select distinct home_id, ward, deprivation, decile, ethnicity, disability
    from core.participation
)

select
    -- The home.
    home.home_id as home_id,
    -- ward, deprivation, decile, ethnicity, disability, or _T.
    part.breakdown as breakdown,
    -- Which category of it, or _T.
    part.category as category
from home
cross join lateral (
    values
    ('_T', '_T'),
    ('ward', home.ward),
    ('deprivation', home.deprivation),
    ('decile', home.decile),
    ('ethnicity', home.ethnicity),
    ('disability', home.disability)
) as part (breakdown, category)
