"""What was published before, so that it is published again, and so that what changes does so the right way.

The ledger of a release says of each published count how many people it was of, and as what it was published.
Exact counts are in it, so it never leaves the vault.
"""

from collections.abc import Collection, Mapping

import polars as pl

from pipelines.disclosure.controlled import HEADLINE, LIGHT, PLACE
from pipelines.disclosure.rounding import keyed_rounding, price
from pipelines.disclosure.shapes import Shape
from pipelines.indicators.bands import OTHERS, TOTAL

NOBODY, UNCHANGED, AGAINST = 300.0, 100.0, 300.0
"""Weight of an unchanged count that is published as less than the base, or as at least that; of a count that
would fall though its people are more, or rise though they are fewer.

Whoever knows that nobody came or left reads of a count that was moved that it is no multiple of the base, and
of a small one that somebody is there. So these move only where no other rounding adds up.
"""
ERASED = 10
"""Once so many people were erased of a count, it is drawn anew: nobody can be told from the others."""
LEDGER_SCHEMA = {
    "academic_year": pl.String,
    **dict.fromkeys(PLACE, pl.String),
    "persons": pl.Int64,
    "draw": pl.Int64,
    "base": pl.Int64,
    "published": pl.Int64,
    "printed": pl.Boolean,
    "estimate": pl.Boolean,
}
"""What was published of each count last, to each base: of how many, drawn by what; is it still printed; as an
estimate. Earlier versions did not note the last."""
COUNT = ["academic_year", *PLACE]
"""The columns that name a count."""


def beside(counts: pl.DataFrame, ledger: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return counts, in their order, with what the ledger says of each.

    That is `was` (people), `was_drawn_by` and `was_published`; null where it says nothing. Of a category that
    is new in a line that was published, it was nobody.

    Args:
        counts: with the columns of `COUNT`.
        ledger: of `LEDGER_SCHEMA`; what was published to another base says nothing.
        base: of rounding.
    """
    before = ledger.filter(base=base).select(
        *COUNT, was="persons", was_drawn_by="draw", was_published="published"
    )
    line = [name for name in COUNT if name != "category"]
    published = before.select(line).unique().with_columns(nobody=pl.lit(0, pl.Int64))
    return (
        counts.join(before, on=COUNT, how="left", maintain_order="left")
        .join(published, on=line, how="left", maintain_order="left")
        .with_columns(was=pl.coalesce("was", "nobody"), was_published=pl.coalesce("was_published", "nobody"))
        .drop("nobody")
    )


def anchored(counts: pl.DataFrame, ledger: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return counts with what they may be published as, what is drawn for them, and what another one costs.

    An unchanged count is drawn as it was published. That may be next to the truth no more, as people who were
    erased since are not in it. One that changed is drawn as it was the first time, so
    that more people are never drawn as fewer; where the others moved it then, it stays where it was moved if
    that is no step back.

    Args:
        counts: with academic year, place, persons, key, `keyed`, and `draw`, by which each is drawn if it is
            `keyed`.
        ledger: of `LEDGER_SCHEMA`.
        base: of rounding.
    """
    floor = pl.col("persons") // base * base
    ceiling = -(-pl.col("persons") // base) * base
    within = pl.col("was_published").is_between(floor, ceiling)
    few_erased = (pl.col("was_published") - pl.col("persons")).abs() < base + ERASED - 1
    same = few_erased & (pl.col("persons") == pl.col("was"))
    step_back = (within & (pl.col("persons") > pl.col("was")) & (pl.col("was_published") == ceiling)) | (
        within & (pl.col("persons") < pl.col("was")) & (pl.col("was_published") == floor)
    )
    total = (pl.col("breakdown") == TOTAL) & (pl.col("sex") == TOTAL)
    return (
        beside(counts, ledger, base)
        .with_columns(draw=pl.coalesce("was_drawn_by", "draw"))
        .with_columns(
            unchanged=same.fill_null(value=False),
            least=pl.when(same).then(pl.min_horizontal(floor, "was_published")).otherwise(floor),
            most=pl.when(same).then(pl.max_horizontal(ceiling, "was_published")).otherwise(ceiling),
            drawn=pl.when(same | step_back)
            .then("was_published")
            .when("keyed")
            .then(keyed_rounding(pl.col("persons"), pl.col("draw"), base))
            .otherwise((2 * pl.col("persons") + base) // (2 * base) * base),
            weight=pl.when(same)
            .then(pl.when(floor == 0).then(NOBODY).otherwise(UNCHANGED))
            .when(step_back)
            .then(AGAINST)
            .otherwise(pl.when(total).then(HEADLINE).otherwise(LIGHT) * price(pl.col("key"))),
        )
        .drop("was_drawn_by", "keyed")
    )


def noted(rounded: pl.DataFrame, ledger: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return the ledger after these counts were published.

    A count that was `repeated` keeps the number of people that it was published of, though they may be others
    by now; one of a repeated year that is not counted any more is still printed. What is not printed stays.
    """
    columns = [pl.col(name).cast(dtype) for name, dtype in LEDGER_SCHEMA.items()]
    named = [*COUNT, "base"]
    counted = rounded.with_columns(base=pl.lit(base, pl.Int64), printed=pl.lit(value=True))
    now = counted.filter(~pl.col("repeated")).select(columns)
    again = ledger.join(counted.filter("repeated"), on=named, how="semi").with_columns(
        printed=pl.lit(value=True)
    )
    years = rounded.filter("repeated")["academic_year"].unique()
    gone = ledger.join(counted, on=named, how="anti").with_columns(
        printed=pl.col("printed") & pl.col("academic_year").is_in(years.implode()) & (pl.col("base") == base)
    )
    return pl.concat([now, again, gone]).sort(named)


def without_erased(ledger: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Return a ledger without people who are erased; what was published stays.

    Args:
        ledger: of `LEDGER_SCHEMA`.
        gone: `COUNT`, and of how many people fewer each is.
    """
    without = pl.col("persons") - pl.col("gone").fill_null(0)
    return (
        ledger.join(gone, on=COUNT, how="left", maintain_order="left")
        .with_columns(persons=without.clip(lower_bound=0))
        .select(ledger.columns)
    )


def distant_counts(ledger: pl.DataFrame) -> int:
    """Return how many counts were published further from how many people they are of than anything explains.

    A count moves by less than twice the base; one that people were erased of stays, and is further by less
    than `ERASED`.
    """
    furthest = pl.max_horizontal(2 * pl.col("base"), pl.col("base") + ERASED - 1)
    return ledger.filter((pl.col("published") - pl.col("persons")).abs() >= furthest).height


def far_counts(counts: pl.DataFrame, base: int) -> dict[str, int]:
    """Return academic year → how many of its counts are not published as a multiple next to the truth.

    Estimates, which move further, and what is repeated or unchanged, are not among them.

    Args:
        counts: exact and rounded, as `rounded` returns them.
        base: of rounding.
    """
    away = (pl.col("published") - pl.col("persons")).abs() >= base
    of_year = counts.group_by("academic_year").agg(
        (away & ~pl.any_horizontal("estimate", "repeated", "unchanged")).sum().cast(pl.Int64).alias("far")
    )
    return dict(of_year.sort("academic_year").iter_rows())


def rewritten_counts(now: pl.DataFrame, before: pl.DataFrame, repeated: Collection[str]) -> int:
    """Return how many counts of repeated years are published as another number than before, or not.

    Args:
        now, before: ledgers.
        repeated: academic years.
    """
    of_them = before.filter(pl.col("academic_year").is_in(list(repeated)))
    same = of_them.join(now, on=[*COUNT, "base", "published"], how="semi")
    return of_them.height - same.height


def people_changed(counts: pl.DataFrame, ledger: pl.DataFrame, shapes: Mapping[str, Shape], base: int) -> int:
    """Return of how many people, at least, the counts of a year differ from what was last published of it.

    That is what two releases together are about: people who came in the place of others like them change no
    count. Where nobody is in two categories of a breakdown, what came to each of them adds up. Categories
    that are put together otherwise than before say nothing: nobody need have come or left.

    Args:
        counts: of an academic year, with persons and `estimate`. What is estimated, or counts courses, does
            not say of how many people it is.
        ledger: of `LEDGER_SCHEMA`.
        shapes: of each indicator.
        base: of rounding.
    """
    change = pl.col("persons") - pl.col("was")
    people = [key for key, shape in shapes.items() if shape.people]
    parting = pl.DataFrame(
        [(key, breakdown) for key in people for breakdown in shapes[key].parting],
        schema={"indicator": pl.String, "breakdown": pl.String},
        orient="row",
    ).with_columns(parts=pl.lit(value=True))
    moved = (
        beside(counts, ledger, base)
        .filter(change != 0)
        .with_columns(came=change.clip(lower_bound=0), left=(-change).clip(lower_bound=0))
        .join(parting, on=["indicator", "breakdown"], how="left")
    )
    if moved.is_empty():
        return 0
    line = ["indicator", "part", "age", "sex", "breakdown"]
    together = (
        moved.filter(~pl.col("estimate"), pl.col("indicator").is_in(people))
        .join(_regrouped(counts, ledger, base), on=COUNT, how="anti")
        .group_by(line)
        .agg(
            pl.when(pl.col("parts").any()).then(pl.col(name).sum()).otherwise(pl.col(name).max()).alias(name)
            for name in ("came", "left")
        )
    )
    return max(together.select(pl.max_horizontal("came", "left").max()).item() or 0, 1)


def _regrouped(counts: pl.DataFrame, ledger: pl.DataFrame, base: int) -> pl.DataFrame:
    """Return which counts are of other categories than before: new ones, and others put together.

    Args:
        counts: of an academic year.
        ledger: of `LEDGER_SCHEMA`.
        base: of rounding.
    """
    of = ["academic_year", "indicator", "breakdown"]
    others = pl.col("category").str.split("/").list.contains(OTHERS)
    now, before = (
        frame.select(*of, "category").unique().with_columns(others=others)
        for frame in (counts, ledger.filter("printed", base=base))
    )
    # Where nothing was put together, or is, a new category is of new people.
    put_together = pl.concat([now, before]).filter("others").select(of).unique()
    new, gone = (
        one.join(other, on=[*of, "category"], how="anti") for one, other in ((now, before), (before, now))
    )
    changed = put_together.join(pl.concat([new, gone]), on=of, how="semi")
    regrouped = pl.concat([now.filter("others"), new]).join(changed, on=of, how="semi")
    return counts.join(regrouped, on=[*of, "category"], how="semi").select(COUNT)
