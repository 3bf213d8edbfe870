-- Who answers for a provider's learners: itself, then whoever took it over, and so on.
-- Grain: one row for each provider and each provider that answers for it.
with recursive heir as (
    select provider_id, provider_id as answers_id, 0 as step
    from reference.provider_class
    union all
    select heir.provider_id, provider.successor_id as answers_id, heir.step + 1 as step
    from heir
    join reference.provider_class as provider on heir.answers_id = provider.provider_id
    where provider.successor_id is not null
)

select
    -- The provider.
    provider_id,
    -- Who answers for its learners.
    answers_id,
    -- How many mergers lie between: 0 for the provider itself.
    step
from heir
