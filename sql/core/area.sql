-- Small areas of the city, with their deprivation.
-- Grain: one row for each lower layer super output area (LSOA 2021).
select
    -- GSS code of the LSOA.
    lsoa21_code,
    -- GSS code of the 2023 ward most of its postcodes are in.
    mode(ward23_code order by ward23_code) as ward23_code,
    -- Decile of the English Indices of Deprivation 2025: 1 is the most deprived tenth of England.
    min(imd2025_decile) as imd2025_decile,
    -- National fifth: Q1 is the most deprived.
    concat('Q', cast((min(imd2025_decile) + 1) // 2 as integer)) as deprivation
from reference.postcode
where lsoa21_code is not null and lad_code = (select area_code from reference.city)
group by lsoa21_code
