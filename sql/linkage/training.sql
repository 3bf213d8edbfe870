-- Profiles in the columns of variants, to train on: what senders wrote independently of each other.
-- Grain: one row for each profile.
select
    -- Identifies the row.
    profile_id as variant_id,
    -- Each row by itself: how those of one person differ is what is to be learned.
    profile_id as entity_id,
    -- The provider: what one copies from year to year teaches nothing, so only pairs of two providers are used.
    provider_id as provider_id,
    -- All given names.
    given_names as given_names,
    -- First given name.
    given_name as given_name,
    -- The common form of the first given name.
    given_form as given_form,
    -- Family name.
    family_name as family_name,
    -- Former family name.
    former_family_name as former_family_name,
    -- Date of birth, as eight digits.
    strftime(birth_date, '%Y%m%d') as born,
    -- F or M.
    sex as sex,
    -- Home postcode.
    postcode as postcode,
    -- Learner number.
    uln as uln,
    -- Pupil number.
    upn as upn
from linkage.profile
