-- Which categories of provision have to be published together, as others: one that stood by itself would say how many learners
-- a provider has. It stands if, wherever a reader sees it and in every released year, at least so many providers enrol in it and
-- none has more than so large a share, as the policy says; who publishes its numbers anyway is no secret (methodology 6.6,
-- docs/disclosure.md). What is put together must stand, too: the smallest categories join it until it does.
-- Grain: one row for each dimension and category.
with provider as (
    select
        provider_id,
        provider_id in (select code from reference.public_provider where what = 'provider')
        or any_value(provider_kind) in (select code from reference.public_provider where what = 'kind') as is_public
    from core.enrolment
    group by provider_id
),

enrolled as (
    select academic_year, provider_id, provider_kind, sector, level, setting, theme, count(*) as enrolments
    from core.enrolment
    where residence = 'city'
        and academic_year in (select year.academic_year from core.academic_year as year where year.is_released)
    group by all
),

-- Where a reader sees a category: in the whole city, in what crosses it, and in what its providers are part of.
part as (
    select
        enrolled.academic_year, place.dimension, place.category, place.around, place.within, enrolled.provider_id,
        provider.is_public, sum(enrolled.enrolments) as enrolments
    from enrolled
    join provider on enrolled.provider_id = provider.provider_id
    cross join lateral (
        values
        ('level', enrolled.level, '_T', '_T'),
        ('sector', enrolled.sector, '_T', '_T'),
        ('setting', enrolled.setting, '_T', '_T'),
        ('theme', enrolled.theme, '_T', '_T'),
        ('setting_theme', enrolled.theme, '_T', '_T'),
        ('setting_theme', enrolled.theme, 'setting', enrolled.setting),
        ('provider_kind', enrolled.provider_kind, '_T', '_T'),
        ('provider_kind', enrolled.provider_kind, 'sector', enrolled.sector),
        ('provider', enrolled.provider_id, '_T', '_T'),
        ('provider', enrolled.provider_id, 'provider_kind', enrolled.provider_kind)
    ) as place (dimension, category, around, within)
    group by all
),

-- Alone, in each of these places.
alone as (
    select
        dimension, category, around, within, sum(enrolments) as enrolments,
        (count(*) >= rule.fewest_providers or bool_and(is_public))
        and (100 * max(enrolments) <= rule.largest_share * sum(enrolments) or arg_max(is_public, enrolments)) as stands
    from part
    cross join reference.dominance as rule
    group by academic_year, dimension, category, around, within, rule.fewest_providers, rule.largest_share
),

-- In what does not stand alone itself, nobody sees anything alone.
unseen as (
    select dimension as around, category as within
    from alone
    where around = '_T'
    group by dimension, category
    having not bool_and(stands)
),

-- Those that cannot stand alone, then the others from the smallest on.
queue as (
    select
        alone.dimension, alone.category, sum(alone.enrolments) as enrolments,
        bool_and(alone.stands) as stands, row_number() over (
            partition by alone.dimension order by bool_and(alone.stands), sum(alone.enrolments), alone.category
        ) as position,
        count(*) filter (where not bool_and(alone.stands)) over (partition by alone.dimension) as cannot_stand
    from alone
    anti join unseen on alone.around = unseen.around and alone.within = unseen.within
    group by alone.dimension, alone.category
),

-- The first so many of them, put together, in each place.
together as (
    select
        last.dimension, last.position, part.academic_year, part.around, part.within, part.provider_id, part.is_public,
        sum(part.enrolments) as enrolments
    from queue as last
    join queue as member on last.dimension = member.dimension and member.position <= last.position
    join part on member.dimension = part.dimension and member.category = part.category
    anti join unseen on part.around = unseen.around and part.within = unseen.within
    where last.cannot_stand > 0 and last.position >= last.cannot_stand
    group by all
),

together_in_place as (
    select
        dimension, position,
        (count(*) >= rule.fewest_providers or bool_and(is_public))
        and (100 * max(enrolments) <= rule.largest_share * sum(enrolments) or arg_max(is_public, enrolments)) as stands
    from together
    cross join reference.dominance as rule
    group by dimension, position, academic_year, around, within, rule.fewest_providers, rule.largest_share
),

enough as (
    select dimension, min(position) as position
    from (select dimension, position from together_in_place group by dimension, position having bool_and(stands))
    group by dimension
)

select
    -- Dimension: level, sector, setting, theme, provider_kind, provider; setting_theme: themes within a setting.
    queue.dimension as dimension,
    -- The category: of setting_theme, the theme.
    queue.category as category,
    -- Enrolments in it, wherever a reader sees it, in all released years.
    queue.enrolments::bigint as enrolments,
    -- Whether it can stand by itself.
    queue.stands as stands,
    -- Whether it is put together with others. Where nothing is enough, none of the dimension stands by itself.
    queue.cannot_stand > 0 and queue.position <= coalesce(enough.position, queue.position) as is_merged
from queue
left join enough on queue.dimension = enough.dimension
