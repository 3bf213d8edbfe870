-- Providers of learning, from the register.
-- Grain: one row for each provider.
select
    -- UKPRN, LAESTAB (schools), or the city's own register number.
    provider_id,
    -- Name.
    provider_name,
    -- College, school, library, charity, employer and so on.
    provider_kind,
    -- Early years and schools, further education, higher education, adult and community, or employer.
    sector,
    -- Who sends the provider's returns: itself, or the local authority for its schools.
    sender_id
from reference.provider
