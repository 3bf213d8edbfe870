-- Naive linkage by names: a person is a family name, a first given name and a date of birth, all the same but for
-- case, accents and punctuation; where one of them is missing, a provider's reference.
-- What the pipeline is held against. Grain: one row for each record.
with folded as (
    select
        record_id,
        birth_date,
        nullif(regexp_replace(upper(strip_accents(family_name)), '[^A-Z]', '', 'g'), '') as family_name,
        nullif(regexp_extract(upper(strip_accents(given_names)), '[A-Z]+'), '') as given_name,
        concat_ws(':', collection, provider_id, local_ref) as reference
    from staging.learning_record
)

select
    record_id,
    case
        when family_name is null or given_name is null or birth_date is null then reference
        else concat_ws(':', family_name, given_name, birth_date)
    end as person
from folded
