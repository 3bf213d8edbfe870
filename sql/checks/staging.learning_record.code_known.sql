-- Settings, themes and ISCED codes are in their lists.
select record.record_id
from staging.learning_record as record
where coalesce(record.setting, '') not in ('family', 'community', 'workplace', 'institution')
    or coalesce(record.theme, '') not in (select theme.theme from reference.theme as theme)
    or coalesce(record.isced, '') not in ('01', '02', '1', '24', '25', '34', '35', '44', '45', '54', '55', '6', '7', '8', '9', 'NF')
    or coalesce(record.sex, '') not in ('F', 'M', 'U')
