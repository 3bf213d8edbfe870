-- Linkage by the learner number alone: a person is a number with a right check digit, else a provider's reference.
-- What the pipeline is held against. Grain: one row for each record.
select
    record_id,
    coalesce(
        case
            when regexp_full_match(uln, '[1-9][0-9]{9}')
                and list_sum(list_transform(
                    range(1, 11), lambda place: cast(substring(uln, place, 1) as integer) * (11 - place)
                )) % 11 = 10
                then uln
        end,
        concat_ws(':', collection, provider_id, local_ref)
    ) as person
from staging.learning_record
