-- Providers of learning, from the register.
-- Grain: one row for each provider.
with last_heir as (
    select provider_id, arg_max(answers_id, step) as answers_id
    from core.provider_succession
    group by provider_id
)

select
    -- UKPRN, LAESTAB (schools), or the city's own register number.
    provider.provider_id as provider_id,
    -- Name.
    provider.provider_name as provider_name,
    -- College, school, library, charity, employer and so on.
    provider.provider_kind as provider_kind,
    -- Early years and schools, further education, higher education, adult and community, or employer.
    provider.sector as sector,
    -- Who sends the provider's returns: itself, or the local authority for its schools.
    provider.sender_id as sender_id,
    -- The provider it goes on as, after every merger so far: itself where it was taken over by none. For series by provider.
    last_heir.answers_id as continuing_provider_id
from reference.provider as provider
join last_heir on provider.provider_id = last_heir.provider_id
