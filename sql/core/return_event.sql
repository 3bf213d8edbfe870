-- What became of each return, and when: received, then refused, held or accepted, then superseded or withdrawn.
-- Grain: one row for each change of state of a return.
select
    -- Order in which it was noticed.
    event_no,
    -- When: the time of the run that noticed.
    cast(noticed_at as timestamptz) as noticed_at,
    -- The return: hash of its place, names and bytes.
    return_id,
    -- The extract format.
    collection,
    -- Whose folder it lay in.
    provider as provider_id,
    -- The academic year whose folder it lay in.
    academic_year,
    -- received, refused, held, accepted, superseded or withdrawn; empty or all rejected.
    state,
    -- The rule on the return as a whole that it broke.
    rule,
    -- Why, in plain words.
    reason,
    -- Names of its files and the first 16 digits of their SHA-256.
    files
from accepted.return_event
