"""Persons and population of a year, from enrolments and areas: in polars, and apart from the SQL."""

import polars as pl

YEAR = ["person_id", "academic_year"]
HOME = ("ward", "deprivation", "decile", "ethnicity", "disability", "provision")
"""What a person is in one category of; of all other breakdowns an enrolment is."""
WEIGHTS = ("joined", "apart", "key")
"""How many persons one is if all in doubt were joined, and if none were; the key for rounding."""
PERSON = ("age", "sex", "residence", *HOME, *WEIGHTS)


SHOWN = ("level", "sector", "provider_kind", "panel", "place", "setting", "theme")
"""By what of an enrolment figures are broken down."""


def enrolments_of_persons(
    enrolment: pl.DataFrame, area: pl.DataFrame, merged: pl.DataFrame, participation: pl.DataFrame
) -> pl.DataFrame:
    """Return each enrolment with what is known of its person in the year, and by what it is broken down.

    What is known is what the latest return says that says anything; an area is known of residents alone. As
    `shown_level` and so on stands the category that is published: of those that are merged, others. `WEIGHTS`
    of a person are the SQL's own: the linkage is proved elsewhere.
    """
    known = {
        "age": pl.col("age"),
        "sex": pl.when(pl.col("sex") != "U").then("sex"),
        "residence": pl.when(pl.col("residence") != "unknown").then("residence"),
        "ethnicity": pl.col("ethnicity"),
        "disability": pl.col("disability"),
        "area": pl.when(pl.col("residence") != "unknown").then("lsoa21_code"),
    }
    formal, non_formal = (pl.col("isced") != "NF").any(), (pl.col("isced") == "NF").any()
    persons = (
        enrolment.sort("enrolment_id")
        .with_columns(**known)
        .group_by(YEAR)
        .agg(
            *(pl.col(name).drop_nulls().last() for name in known),
            provision=pl.when(formal & non_formal)
            .then(pl.lit("both"))
            .when(formal)
            .then(pl.lit("formal_only"))
            .otherwise(pl.lit("nonformal_only")),
        )
        .join(area.rename({"lsoa21_code": "area"}), on="area", how="left")
        .with_columns(
            pl.col("sex", "ethnicity", "disability", "ward", "deprivation", "decile").fill_null("U"),
            pl.col("residence").fill_null("unknown"),
        )
    )
    of_person = enrolment.drop("age", "sex", "residence", "ethnicity", "disability", "lsoa21_code")
    others = {d: merged.filter(dimension=d)["category"].to_list() for d in (*SHOWN, "setting_theme")}

    def shown(column: str, dimension: str) -> pl.Expr:
        return pl.when(pl.col(column).is_in(others[dimension])).then(pl.lit("_O")).otherwise(column)

    of_person = of_person.with_columns(
        start_year=pl.col("academic_year").str.head(4).cast(pl.Int64),
        level=pl.when(pl.col("isced") == "NF")
        .then(pl.lit("NF"))
        .otherwise("ISCED11_" + pl.col("isced").str.head(1)),
    )
    # Analysts have no keys.
    key = pl.col("record_key").cast(pl.Int64) if "record_key" in participation.columns else pl.lit(0)
    weights = participation.select(*YEAR, joined="if_all_joined", apart="if_none_joined", key=key)
    return of_person.join(persons.join(weights, on=YEAR), on=YEAR).with_columns(
        *(shown(name, name).alias(f"shown_{name}") for name in SHOWN),
        shown_setting_theme=shown("setting", "setting") + "/" + shown("theme", "setting_theme"),
    )


def areas(area: pl.DataFrame) -> pl.DataFrame:
    """Return LSOA → ward, tenth and fifth of deprivation as codes."""
    tenth = pl.col("imd2025_decile")
    return area.select(
        "lsoa21_code",
        ward="ward23_code",
        decile="D" + tenth.cast(pl.String),
        deprivation="Q" + ((tenth + 1) // 2).cast(pl.String),
    )


def residents(population: pl.DataFrame) -> pl.DataFrame:
    """Return the population of each year by age, sex and place, in twelfths of a person."""
    return population.with_columns(
        deprivation="Q"
        + ((pl.col("decile").str.tail(-1).cast(pl.Int64, strict=False) + 1) // 2).cast(pl.String)
    ).with_columns(pl.col("deprivation").fill_null("U"))
