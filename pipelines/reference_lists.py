"""The reference lists: a CSV of `data/reference/` each, or made from the city profile.

Their sources and vintages are in `data/reference/sources.yml`.
"""

from collections.abc import Callable
from pathlib import Path

import pandera.polars as pa
import polars as pl

from pipelines.city import City
from pipelines.lars import FOLDER as LARS
from pipelines.lars import Lars, LarsError
from pipelines.reference import ReferenceError, ReferenceList


def _csv(file: str, **types: pl.DataType) -> Callable[[Path, City], pl.DataFrame]:
    def read(folder: Path, city: City) -> pl.DataFrame:
        name = city.population.file if file == "population" else file
        try:
            return pl.read_csv(folder / name, infer_schema=False, schema_overrides=types)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReferenceError(f"{name}: {error}") from error

    return read


def _lars(table: Callable[[Lars], pl.DataFrame]) -> Callable[[Path, City], pl.DataFrame]:
    def read(folder: Path, _: City) -> pl.DataFrame:
        try:
            return table(Lars(folder / LARS))
        except LarsError as error:
            raise ReferenceError(str(error)) from error

    return read


def _column(dtype: type, description: str, *checks: pa.Check, **options: object) -> pa.Column:
    return pa.Column(dtype, list(checks), description=description, **options)


def _one_of(*codes: str) -> pa.Check:
    return pa.Check.isin(codes, error=f"must be one of {', '.join(codes)}")


def _matches(pattern: str, name: str) -> pa.Check:
    return pa.Check.str_matches(pattern, error=f"must be {name}")


_POSTCODE = _matches(r"^[A-Z0-9]{2,4} \d[A-Z]{2}$", "a postcode")
_YEAR = _matches(r"^\d{4}/\d{2}$", "an academic year such as 2024/25")
_GSS = _matches(r"^E\d{8}$", "a GSS code")
_PLAIN = _matches(r"^[A-Z]+$", "capitals without accents")
_ISCED = _one_of("02", "1", "24", "25", "34", "35", "44", "45", "54", "55", "6", "7", "8", "9")


def successor_is_registered(data: pa.PolarsData) -> pl.LazyFrame:
    """Say of each provider whether its successor, if it has one, stands in the register."""
    return data.lazyframe.select(
        pl.col("successor_id").is_in(pl.col("provider_id").implode()).fill_null(value=True)
    )


def successor_came_later(data: pa.PolarsData) -> pl.LazyFrame:
    """Say of each provider with a successor whether it has closed, and its successor not before it.

    A chain of successors therefore has an end.
    """
    register = data.lazyframe
    heirs = register.select(successor_id="provider_id", heir_closed="closed")
    joined = register.join(heirs, on="successor_id", how="left", maintain_order="left")
    ended, heir_ended = pl.col("closed"), pl.col("heir_closed")
    in_order = ended.is_not_null() & (heir_ended.is_null() | (heir_ended > ended))
    return joined.select(pl.col("successor_id").is_null() | in_order)


def common_form_is_its_own(data: pa.PolarsData) -> pl.LazyFrame:
    """Say of each row whether its common form is in the list as its own: two steps are never needed."""
    own = data.lazyframe.filter(pl.col("given_name") == pl.col("common_form"))
    heads = own.select(common_form="given_name", found=pl.lit(value=True))
    joined = data.lazyframe.join(heads, on="common_form", how="left", maintain_order="left")
    return joined.select(pl.col("found").fill_null(value=False))


def _city_row(_: Path, city: City) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": city.name,
            "area_code": city.area_code,
            "backward_first_age": city.population.backward_first_age,
            "backward_last_age": city.population.backward_last_age,
        }
    )


def _years(_: Path, city: City) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "academic_year": [y.label for y in city.years],
            "start_year": [y.start for y in city.years],
            "first_day": [y.first_day for y in city.years],
            "last_day": [y.last_day for y in city.years],
            "time_period": [y.time_period for y in city.years],
        }
    )


def _stages(_: Path, city: City) -> pl.DataFrame:
    """The stages of education in order, and the ISCED levels that are learned in each."""
    levels = {
        "early_childhood": ("01",),
        "pre_primary": ("02",),
        "primary": ("1",),
        "lower_secondary": ("24", "25"),
        "upper_secondary": ("34", "35"),
        "tertiary": ("54", "55", "6", "7", "8"),
    }
    ages = city.school_ages
    rows = [
        (isced, stage, position, *getattr(ages, stage))
        for position, (stage, codes) in enumerate(levels.items(), 1)
        for isced in codes
    ]
    schema = ["isced", "stage", "position", "first_age", "last_age"]
    return pl.DataFrame(rows, schema=schema, orient="row")


REFERENCE_LISTS: tuple[ReferenceList, ...] = (
    ReferenceList(
        "population",
        "Residents by single year of age and sex, at one or more dates, of small areas or of the city.",
        pa.DataFrameSchema(
            {
                "area_code": _column(str, "GSS code of the LSOA 2021, or of the city's district.", _GSS),
                "reference_date": _column(pl.Date, "The date the count or estimate is of."),
                "age": _column(int, "Completed years; the highest means that age and over.", pa.Check.ge(0)),
                "sex": _column(str, "F or M.", _one_of("F", "M")),
                "persons": _column(int, "Residents.", pa.Check.ge(0)),
            },
            unique=["area_code", "reference_date", "age", "sex"],
        ),
        _csv("population", reference_date=pl.Date, age=pl.Int64, persons=pl.Int64),
    ),
    ReferenceList(
        "provider",
        "The provider register: who teaches, and who sends their returns.",
        pa.DataFrameSchema(
            {
                "provider_id": _column(str, "UKPRN, LAESTAB of a school, or register number.", unique=True),
                "provider_name": _column(str, "Name."),
                "provider_kind": _column(str, "College, school, library, charity and so on."),
                "sector": _column(
                    str,
                    "Sector.",
                    _one_of(
                        "early years and schools",
                        "further education",
                        "higher education",
                        "adult and community",
                        "employer",
                    ),
                ),
                "setting": _column(
                    str, "Usual setting.", _one_of("family", "community", "workplace", "institution")
                ),
                "sender_id": _column(str, "Who sends its returns."),
                "opened": _column(pl.Date, "First day, where known.", nullable=True),
                "closed": _column(pl.Date, "Last day, where it has closed.", nullable=True),
                "successor_id": _column(
                    str, "The provider that took it over when it closed: a merger, an academy.", nullable=True
                ),
                "postcode": _column(str, "Postcode of its main site, where known.", _POSTCODE, nullable=True),
            },
            checks=[
                pa.Check(successor_is_registered, error="successor_id must be in the register"),
                pa.Check(successor_came_later, error="who has a successor must have closed, and before it"),
            ],
        ),
        _csv("provider.csv", opened=pl.Date, closed=pl.Date),
    ),
    ReferenceList(
        "provider_class",
        "Sector and kind of each provider: a list of its own, so that counts outlast a new name.",
        pa.DataFrameSchema(
            {
                "provider_id": _column(str, "UKPRN, LAESTAB of a school, or register number.", unique=True),
                "provider_kind": _column(str, "College, school, library, charity and so on."),
                "sector": _column(str, "Sector."),
                "postcode": _column(str, "Postcode of its main site, where known.", _POSTCODE, nullable=True),
            },
            strict="filter",
        ),
        _csv("provider.csv"),
    ),
    ReferenceList(
        "expected_return",
        "The register of returns: who owes which, and in which academic years.",
        pa.DataFrameSchema(
            {
                "sender_id": _column(str, "Who owes it."),
                "collection": _column(str, "The extract format."),
                "part": _column(str, "The part of the year, where a format has several.", nullable=True),
                "first_year": _column(str, "First academic year in which it is owed.", _YEAR),
                "last_year": _column(str, "Last one; null while it still is.", _YEAR, nullable=True),
            },
            unique=["sender_id", "collection", "part", "first_year"],
        ),
        _csv("expected_return.csv"),
    ),
    ReferenceList(
        "postcode",
        "Postcodes with their local authority, LSOA, ward and deprivation.",
        pa.DataFrameSchema(
            {
                "postcode": _column(
                    str,
                    "Upper case, one space.",
                    _POSTCODE,
                    unique=True,
                ),
                "lad_code": _column(str, "GSS code of the local authority district.", _GSS),
                "lsoa21_code": _column(str, "GSS code of the LSOA 2021.", _GSS, nullable=True),
                "ward23_code": _column(str, "GSS code of the 2023 ward.", _GSS, nullable=True),
                "ward23_name": _column(str, "Name of the ward.", nullable=True),
                "imd2025_decile": _column(
                    int, "IMD 2025 decile, 1 the most deprived.", pa.Check.in_range(1, 10), nullable=True
                ),
            }
        ),
        _csv("postcode.csv", imd2025_decile=pl.Int64),
    ),
    ReferenceList(
        "learning_aim",
        "Learning aims with level, subject and orientation, from the Learning Aim Reference Service.",
        pa.DataFrameSchema(
            {
                "learn_aim_ref": _column(
                    str, "Learning aim reference.", _matches(r"^[A-Z0-9]{8}$", "8 characters"), unique=True
                ),
                "title": _column(str, "Title.", nullable=True),
                "notional_nvq_level_v2": _column(
                    str,
                    "Level: E entry, 1.5 levels 1 and 2, H higher, M mixed, X not applicable.",
                    _one_of("E", "1", "1.5", "2", "3", "4", "5", "6", "7", "8", "H", "M", "X"),
                    nullable=True,
                ),
                "ssa_tier1": _column(str, "Sector subject area, tier 1.", nullable=True),
                "ssa_tier2": _column(str, "Sector subject area, tier 2.", nullable=True),
                "orientation": _column(str, "Orientation.", _one_of("general", "vocational")),
                "formality": _column(str, "Formal or not.", _one_of("formal", "non-formal")),
            }
        ),
        _lars(Lars.aims),
    ),
    ReferenceList(
        "learning_aim_orientation",
        "What the Learning Aim Reference Service leaves open, by code: general or vocational, formal or not.",
        pa.DataFrameSchema(
            {
                "scheme": _column(
                    str, "What kind of code it is.", _one_of("class_code", "type", "ssa_tier2")
                ),
                "code": _column(str, "The code; of a class code, what references begin with."),
                "orientation": _column(str, "Orientation.", _one_of("general", "vocational")),
                "formality": _column(str, "Formal or not.", _one_of("formal", "non-formal")),
                "label": _column(str, "What it is."),
                "source": _column(str, "Why."),
            },
            unique=["scheme", "code"],
        ),
        _csv("learning_aim_orientation.csv"),
    ),
    ReferenceList(
        "apprenticeship_standard",
        "Apprenticeship standards with their level.",
        pa.DataFrameSchema(
            {
                "standard_code": _column(str, "Standard code.", unique=True),
                "title": _column(str, "Title."),
                "notional_end_level": _column(
                    str, "Level at the end.", _one_of("2", "3", "4", "5", "6", "7")
                ),
                "ssa_tier1": _column(str, "Sector subject area, tier 1."),
            }
        ),
        _lars(Lars.standards),
    ),
    ReferenceList(
        "isced_mapping",
        "England's provision → ISCED 2011 level and orientation, one reviewed row a code.",
        pa.DataFrameSchema(
            {
                "scheme": _column(
                    str,
                    "What kind of code it maps.",
                    _one_of(
                        "national_curriculum_year",
                        "ilr_programme_type",
                        "apprenticeship_level",
                        "aim_level",
                        "hesa_qualcat",
                    ),
                ),
                "code": _column(str, "The code."),
                "isced": _column(str, "ISCED 2011 level and orientation.", _ISCED),
                "label": _column(str, "What it is."),
                "source": _column(str, "Why it maps there."),
            },
            unique=["scheme", "code"],
        ),
        _csv("isced_mapping.csv"),
    ),
    ReferenceList(
        "ethnicity",
        "Ethnicity codes of the extracts → the five harmonised groups.",
        pa.DataFrameSchema(
            {
                "scheme": _column(str, "Whose code it is.", _one_of("ilr", "dfe", "hesa")),
                "code": _column(str, "The code."),
                "ethnicity": _column(str, "Group.", _one_of("asian", "black", "mixed", "white", "other")),
                "label": _column(str, "What the code stands for."),
            },
            unique=["scheme", "code"],
        ),
        _csv("ethnicity.csv"),
    ),
    ReferenceList(
        "theme",
        "Sector subject areas → themes of learning.",
        pa.DataFrameSchema(
            {
                "ssa_tier1": _column(
                    str, "Sector subject area, tier 1; null for themes without one.", nullable=True
                ),
                "theme": _column(str, "Theme.", _matches(r"^[a-z_]+$", "a code")),
                "label": _column(str, "What to print."),
                "position": _column(int, "Place in the order of printing.", pa.Check.ge(1)),
            }
        ),
        _csv("theme.csv", position=pl.Int64),
    ),
    ReferenceList(
        "category",
        "The codes of what figures are broken down by, where they are the same in every city.",
        pa.DataFrameSchema(
            {
                "dimension": _column(str, "Dimension.", _matches(r"^[a-z_]+$", "a code")),
                "code": _column(str, "Code."),
                "label": _column(str, "What to print."),
                "position": _column(int, "Place in the order of printing.", pa.Check.ge(1)),
            },
            unique=["dimension", "code"],
        ),
        _csv("category.csv", position=pl.Int64),
    ),
    ReferenceList(
        "given_name",
        "Forms and spellings of given names → the common form by which they are compared.",
        pa.DataFrameSchema(
            {
                "given_name": _column(str, "A form, in plain capitals.", _PLAIN, unique=True),
                "common_form": _column(str, "The common form.", _PLAIN),
            },
            checks=[pa.Check(common_form_is_its_own, error="a common form must stand for itself")],
        ),
        _csv("given_name.csv"),
    ),
    ReferenceList(
        "city",
        "The city profile: one row.",
        pa.DataFrameSchema(
            {
                "name": _column(str, "Name."),
                "area_code": _column(str, "GSS code of the local authority district.", _GSS),
                "backward_first_age": _column(int, "First age aligned backward."),
                "backward_last_age": _column(int, "Last age aligned backward."),
            }
        ),
        _city_row,
    ),
    ReferenceList(
        "academic_year",
        "Academic years that returns may be about.",
        pa.DataFrameSchema(
            {
                "academic_year": _column(str, "As people write it: 2024/25.", unique=True),
                "start_year": _column(int, "Calendar year in which it starts."),
                "first_day": _column(pl.Date, "1 August."),
                "last_day": _column(pl.Date, "31 July."),
                "time_period": _column(int, "SDMX TIME_PERIOD: the year in which it ends."),
            }
        ),
        _years,
    ),
    ReferenceList(
        "stage",
        "ISCED levels → stages of education with the ages they are meant for, from the city's school ages.",
        pa.DataFrameSchema(
            {
                "isced": _column(str, "ISCED 2011 level and orientation.", unique=True),
                "stage": _column(str, "Stage of education."),
                "position": _column(int, "Place in the order of stages."),
                "first_age": _column(int, "First age it is meant for, on 31 August."),
                "last_age": _column(int, "Last age it is meant for."),
            }
        ),
        _stages,
    ),
)
