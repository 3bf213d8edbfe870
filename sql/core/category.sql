-- The categories of every breakdown, and where each stands in the columns of a published table.
-- Grain: one row for each breakdown and category; one for no breakdown (_T).
with code as (
    select if(dimension = 'next_sector', 'sector', dimension) as merged_as, dimension, code
    from core.code_list
),

-- Others are a category of what has others.
told_apart as (
    select dimension, code
    from code
    where code <> '_O' or merged_as in (select merged.dimension from core.merged_category as merged)
),

theme_in_setting as (
    select code from told_apart where dimension = 'theme' and code <> '_O'
    except
    select merged.category from core.merged_category as merged where merged.dimension = 'setting_theme'
    union all
    select distinct merged.published_as from core.merged_category as merged where merged.dimension = 'setting_theme'
),

category as (
    select
        '_T' as breakdown, '_T' as category, '_T' as setting, '_T' as theme, '_T' as sector, '_T' as next_sector
    union all
    select
        dimension, code, if(dimension = 'setting', code, '_T'), if(dimension = 'theme', code, '_T'),
        if(dimension = 'sector', code, '_T'), if(dimension = 'next_sector', code, '_T')
    from told_apart
    union all
    select 'setting_theme', concat(setting.code, '/', theme.code), setting.code, theme.code, '_T', '_T'
    from told_apart as setting
    cross join theme_in_setting as theme
    where setting.dimension = 'setting'
    union all
    select
        'sector_next_sector', concat(sector.code, '/', next_sector.code), '_T', '_T', sector.code, next_sector.code
    from told_apart as sector
    cross join told_apart as next_sector
    where sector.dimension = 'sector' and next_sector.dimension = 'next_sector'
)

select
    -- By what figures are broken down, or _T.
    breakdown,
    -- Which category of it, or _T.
    category,
    -- Kind of provision.
    case when breakdown = 'provision' then category else '_T' end as provision,
    -- Fifth of deprivation, Q1 the most deprived.
    case when breakdown = 'deprivation' then category else '_T' end as deprivation,
    -- Tenth of deprivation, D1 the most deprived.
    case when breakdown = 'decile' then category else '_T' end as decile,
    -- GSS code of the ward.
    case when breakdown = 'ward' then category else '_T' end as ward,
    -- ISCED 2011 level, as SDMX codes it.
    case when breakdown = 'level' then category else '_T' end as level,
    -- Sector of the provider.
    sector,
    -- Sector in which people learn on in the year after.
    next_sector,
    -- Kind of provider.
    case when breakdown = 'provider_kind' then category else '_T' end as provider_kind,
    -- Panel of providers: constant, those with records of every year.
    case when breakdown = 'panel' then category else '_T' end as panel,
    -- Ethnic group.
    case when breakdown = 'ethnicity' then category else '_T' end as ethnicity,
    -- PD with a disability or health problem, PWD without.
    case when breakdown = 'disability' then category else '_T' end as disability,
    -- Place of learning: city or elsewhere.
    case when breakdown = 'place' then category else '_T' end as place,
    -- Setting.
    setting,
    -- Theme.
    theme
from category
where breakdown <> 'sex'
