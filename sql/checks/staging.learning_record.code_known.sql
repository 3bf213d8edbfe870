-- Settings, themes and ISCED codes are in their lists.
select record.record_id
from staging.learning_record as record
where record.setting not in ('family', 'community', 'workplace', 'institution')
    or record.theme not in (select theme.theme from reference.theme as theme)
    or record.isced not in ('01', '02', '1', '24', '25', '34', '35', '44', '45', '54', '55', '6', '7', '8', '9', 'NF')
    or record.sex not in ('F', 'M', 'U')
