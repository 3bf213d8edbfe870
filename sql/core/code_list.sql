-- The codes by which figures are broken down, and what to print for them.
-- Grain: one row for each dimension and code.
with code as (
    select dimension, code, label, position
    from reference.category
    union all
    select 'next_sector', code, label, position
    from reference.category
    where dimension = 'sector'
    union all
    select 'theme', theme, min(label), row_number() over (order by min(position))
    from reference.theme
    group by theme
    union all
    select 'ward', ward23_code, min(ward23_name), row_number() over (order by min(ward23_name))
    from reference.postcode
    where lad_code = (select area_code from reference.city) and ward23_code is not null
    group by ward23_code
    union all
    select
        'provider_kind', provider_kind, concat(upper(provider_kind[1]), provider_kind[2:]),
        row_number() over (order by provider_kind)
    from reference.provider_class
    group by provider_kind
),

-- As what categories are merged: who learns on does so in a sector; themes are put together by themselves and in settings.
merged as (
    select if(dimension = 'setting_theme', 'theme', dimension) as dimension, published_as, null as category
    from core.merged_category
    union
    select dimension, published_as, category
    from core.merged_category
    where dimension <> 'setting_theme'
    union
    select 'next_sector', published_as, category
    from core.merged_category
    where dimension = 'sector'
),

-- What is put together with others is told apart nowhere.
told_apart as (
    select code.dimension, code.code, code.label, code.position
    from code
    anti join merged on code.dimension = merged.dimension and code.code = merged.category
    union all
    select distinct dimension, published_as, 'Others, put together', 999
    from merged
    where dimension <> 'provider'
)

select
    -- Dimension: sex, ward, deprivation, level, sector and so on.
    dimension,
    -- Code.
    code,
    -- What to print.
    label,
    -- Place in the order of printing, within the dimension.
    cast(position as integer) as position
from told_apart
