-- The key under which the pseudonyms were made. Those of two files are the same people's only if it is the same.
-- Grain: one row.
select
    -- Names the key, and gives nothing of it away.
    cast(getvariable('key_id') as varchar) as key_id
