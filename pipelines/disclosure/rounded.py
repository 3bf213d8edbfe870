"""Rounds all counts of a release: year by year, beside what was published before.

The same persons are published as the same number: in one place through time, in one year wherever they are
counted, and in the years that are rounded after it.
"""

from collections.abc import Collection, Mapping

import polars as pl

from pipelines.disclosure.controlled import PLACE, ContradictionError, UnroundableError, round_together
from pipelines.disclosure.ledger import anchored
from pipelines.disclosure.rounding import KEYS
from pipelines.disclosure.shapes import BELOW, Cell, Shape
from pipelines.indicators.bands import OTHERS, TOTAL
from pipelines.years import AcademicYear

ELSEWHERE = 200.0
"""Weight of a count whose persons are published in another year."""


def rounded(
    counts: pl.DataFrame,
    shapes: Mapping[str, Shape],
    base: int,
    ledger: pl.DataFrame,
    repeated: Collection[str] = (),
) -> pl.DataFrame:
    """Return counts with what is `published` of each, and whether that is `repeated` as it was last.

    Args:
        counts: as `counts_of` and `counts_of_linkage` return them, of all years. Those of a column `kept` are
            published as they were, in years that are revised too.
        shapes: of the tables that they are of.
        base: of rounding.
        ledger: what was published before, of `LEDGER_SCHEMA`.
        repeated: academic years of which everything that was published is published again as it was.

    Raises:
        UnroundableError: no rounding of the counts of a year adds up.
    """
    by_key = {key: shape.keyed for key, shape in shapes.items()}
    keyed = pl.col("indicator").replace_strict(by_key, return_dtype=pl.Boolean)
    again = pl.col("academic_year").is_in(list(repeated)) & pl.col("was_published").is_not_null()
    drawn = counts.with_columns(keyed=keyed, draw=pl.col("key") % KEYS)
    ready = anchored(drawn, ledger, base).with_columns(
        repeated=again,
        given=again,
        **{name: pl.when(again).then("was_published").otherwise(name) for name in ("least", "most", "drawn")},
    )
    # What is repeated is settled; of the others, what an earlier year says of persons binds a later one.
    years = sorted(ready.partition_by("academic_year"), key=lambda year: (not _settled(year), _name(year)))
    done: list[pl.DataFrame] = []
    for year in years:
        settled = year.drop("kept", strict=False).with_columns(published="drawn")
        done.append(settled if _settled(year) else _round_year(year, done, shapes, base))
    return pl.concat(sorted(done, key=_name)).drop("was", "was_published", "given")


def _round_year(
    year: pl.DataFrame, done: list[pl.DataFrame], shapes: Mapping[str, Shape], base: int
) -> pl.DataFrame:
    """Return a year with what is published of each count.

    What is kept, and who is followed from a year that waits, are as many people as then, beside others as of
    now. Where that does not add up, the first yields (at first in the tables that contradict it), then the
    second.

    Raises:
        UnroundableError: nothing adds up even so.
    """
    plain, kept = year.drop("kept", strict=False), year
    while "kept" in year.columns and kept["kept"].any():
        try:
            return _as_published(_as_kept(kept), done, shapes, base, as_then=True)
        except ContradictionError as error:
            yielding = pl.col("indicator").is_in(error.alone) if error.alone else pl.lit(value=True)
            kept = kept.with_columns(kept=pl.col("kept") & ~yielding)
        except UnroundableError:
            break
    try:
        return _as_published(plain, done, shapes, base, as_then=True)
    except UnroundableError:
        return _as_published(plain, done, shapes, base, as_then=False)


def _as_published(
    counts: pl.DataFrame, done: list[pl.DataFrame], shapes: Mapping[str, Shape], base: int, *, as_then: bool
) -> pl.DataFrame:
    ready = _as_elsewhere(counts, done, shapes, as_then=as_then)
    return ready.with_columns(published=round_together(ready, shapes, base))


def _as_kept(counts: pl.DataFrame) -> pl.DataFrame:
    """Return counts of which those that are kept are given: as many people as then, published as then."""
    as_then = pl.col("kept") & pl.col("was_published").is_not_null()
    return counts.with_columns(
        given=pl.col("given") | as_then,
        unchanged=pl.col("unchanged") | as_then,
        persons=pl.when(as_then).then("was").otherwise("persons"),
        **{
            name: pl.when(as_then).then("was_published").otherwise(name)
            for name in ("least", "most", "drawn")
        },
    ).drop("kept")


def _settled(year: pl.DataFrame) -> bool:
    return year["repeated"].all()


def _name(year: pl.DataFrame) -> str:
    return year["academic_year"].first()


def _as_elsewhere(
    counts: pl.DataFrame, done: list[pl.DataFrame], shapes: Mapping[str, Shape], *, as_then: bool
) -> pl.DataFrame:
    """Return the counts of a year, drawn as other years publish the same persons.

    Persons are the same by their keys, or by definition: who is followed from an earlier year. If that year
    is repeated, it was published of a few others. Readers take them for the same, and so they are given, if
    they are to be `as_then`: as many people as then, published as then.
    """
    if not done:
        return counts
    earlier, persons = pl.concat(done), ["persons", "key"]
    by_key = (
        earlier.filter(pl.col("persons") > 0)
        .select(*persons, by_key="published")
        .unique(persons, keep="first", maintain_order=True)
    )
    by_definition = _followed(counts, earlier, shapes)
    known = pl.coalesce("by_definition", "by_key")
    then = pl.lit(as_then) & pl.col("of_then").is_not_null() & ~pl.col("repeated")
    fits = known.is_between("least", "most") & (pl.col("weight") < ELSEWHERE)
    return (
        counts.join(by_key, on=persons, how="left", maintain_order="left")
        .join(by_definition, on=PLACE, how="left", maintain_order="left")
        .with_columns(
            persons=pl.when(then).then("of_then").otherwise("persons"),
            given=pl.col("given") | then,
            least=pl.when(then).then("by_definition").otherwise("least"),
            most=pl.when(then).then("by_definition").otherwise("most"),
            drawn=pl.when(then | fits).then(known).otherwise("drawn"),
            weight=pl.when(fits).then(ELSEWHERE).otherwise("weight"),
        )
        .drop("by_key", "by_definition", "of_then")
    )


def _followed(counts: pl.DataFrame, earlier: pl.DataFrame, shapes: Mapping[str, Shape]) -> pl.DataFrame:
    """Return where people who are followed into a year stand in it, and as what an earlier year has them.

    `of_then` is of how many people a repeated year has them. Others are the same where the same categories
    stand by themselves.
    """
    schema = {**dict.fromkeys(PLACE, pl.String), "by_definition": pl.Int64, "of_then": pl.Int64}
    found, year = [pl.DataFrame(schema=schema)], _name(counts)
    for indicator, shape in shapes.items():
        if shape.follows is None:
            continue
        of, years_before, breakdown, category = shape.follows
        before = AcademicYear(AcademicYear.parse(year).start - years_before).label
        theirs = earlier.filter(academic_year=before, indicator=of, part="numerator")
        if breakdown != TOTAL:
            theirs = theirs.filter(breakdown=breakdown, category=category).with_columns(
                breakdown=pl.lit(TOTAL), category=pl.lit(TOTAL)
            )
        here = _by_line(counts.filter(indicator=indicator, part=BELOW), shape)
        there = _of_same_categories(theirs, here).select(
            "age",
            "sex",
            line="breakdown",
            line_category="category",
            by_definition="published",
            of_then=pl.when("repeated").then("was").cast(pl.Int64),
        )
        found.append(here.join(there, on=["age", "sex", "line", "line_category"]).select(schema.keys()))
    return pl.concat(found)


def _by_line(counts: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Return counts below the line with the category of people that each counts: `line`, `line_category`."""
    cells = counts.select(Cell._fields).unique()
    lines = [(*cell, *shape.line(BELOW, Cell(*cell))) for cell in cells.iter_rows()]
    names = dict.fromkeys((*Cell._fields, "line", "line_category"), pl.String)
    return counts.join(
        pl.DataFrame(lines, schema=names, orient="row"), on=Cell._fields, maintain_order="left"
    )


def _of_same_categories(there: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame:
    """Return the counts there but those of others, where other categories stand by themselves than here."""
    ours = here.select(breakdown="line", category="line_category").unique()
    theirs = there.select("breakdown", "category").unique()
    on = ["breakdown", "category"]
    differ = pl.concat([theirs.join(ours, on=on, how="anti"), ours.join(theirs, on=on, how="anti")])
    others = pl.col("category") == OTHERS
    return there.filter(~(others & pl.col("breakdown").is_in(differ["breakdown"].implode())))
