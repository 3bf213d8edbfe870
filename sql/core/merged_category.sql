-- Categories of provision that are published together, as others: those that have to be (core.merging). Where an erasure alone
-- changed which these are, they stay as they were until others change: else readers would see that somebody left (docs/decisions,
-- 29).
-- Grain: one row for each dimension and category that is put together with others.
with kept as (
    select kept.dimension, kept.published
    from reference.kept_merging as kept
    join core.merging as rule on kept.dimension = rule.dimension
    group by kept.dimension, kept.published, kept.merged, kept.tipped, kept.enrolments
    having
        coalesce(list(rule.category order by rule.category) filter (where rule.is_merged), []) = kept.merged
        and coalesce(
            list(rule.enrolments order by rule.category) filter (where list_contains(kept.tipped, rule.category)), []
        ) = kept.enrolments
)

select
    -- Dimension: level, sector, setting, theme, provider_kind, provider; setting_theme: themes within a setting.
    rule.dimension as dimension,
    -- The category: of setting_theme, the theme.
    rule.category as category,
    -- As what it is published: _O, others.
    '_O' as published_as
from core.merging as rule
anti join kept on rule.dimension = kept.dimension
where rule.is_merged
union all
select dimension, unnest(published), '_O'
from kept
