-- Providers whose learning is counted: those with at least one enrolment in a released year. A public fact, printed in
-- every release.
-- Grain: one row for each provider and academic year.
select distinct
    -- Academic year.
    enrolment.academic_year as academic_year,
    -- The provider.
    provider.provider_id as provider_id,
    -- Its name.
    provider.provider_name as provider_name,
    -- Whether it has records of every year that is compared, so that its figures compare like for like.
    provider.provider_id in (select panel.provider_id from core.panel as panel) as in_panel
from core.enrolment as enrolment
join core.academic_year as year on enrolment.academic_year = year.academic_year
join core.provider as provider on enrolment.provider_id = provider.provider_id
where year.is_released
