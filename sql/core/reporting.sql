-- Providers whose learning is counted: those with at least one enrolment. A public fact, printed in every release.
-- Grain: one row for each provider and academic year.
select distinct
    -- Academic year.
    enrolment.academic_year as academic_year,
    -- The provider.
    provider.provider_id as provider_id,
    -- Its name.
    provider.provider_name as provider_name
from core.enrolment as enrolment
join core.provider as provider on enrolment.provider_id = provider.provider_id
