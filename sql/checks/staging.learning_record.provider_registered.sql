-- Every provider is in the provider register.
-- severity: warn
select record.provider_id
from staging.learning_record as record
left join reference.provider as provider on record.provider_id = provider.provider_id
where provider.provider_id is null
