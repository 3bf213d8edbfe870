"""The reference lists: a CSV of `data/reference/` each, or made from the city profile.

Here are who lives where and who teaches; codes are in `reference_codes.py`, what the profile makes in
`reference_profile.py`. Their sources and vintages are in `data/reference/sources.yml`.
"""

import pandera.polars as pa
import polars as pl

from pipelines.reference import ReferenceList
from pipelines.reference_codes import CODE_LISTS
from pipelines.reference_columns import GSS, POSTCODE, YEAR, column, csv_file, one_of
from pipelines.reference_profile import PROFILE_LISTS


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


_LATITUDES, _LONGITUDES = pa.Check.in_range(49, 61), pa.Check.in_range(-9, 2)
"""The British Isles: columns taken for each other are found."""

REFERENCE_LISTS: tuple[ReferenceList, ...] = (
    ReferenceList(
        "population",
        "Residents by single year of age and sex, at one or more dates, of small areas or of the city.",
        pa.DataFrameSchema(
            {
                "area_code": column(str, "GSS code of the LSOA 2021, or of the city's district.", GSS),
                "reference_date": column(pl.Date, "The date the count or estimate is of."),
                "age": column(int, "Completed years; the highest means that age and over.", pa.Check.ge(0)),
                "sex": column(str, "F or M.", one_of("F", "M")),
                "persons": column(int, "Residents.", pa.Check.ge(0)),
            },
            unique=["area_code", "reference_date", "age", "sex"],
        ),
        csv_file("population", reference_date=pl.Date, age=pl.Int64, persons=pl.Int64),
    ),
    ReferenceList(
        "provider",
        "The provider register: who teaches, and who sends their returns.",
        pa.DataFrameSchema(
            {
                "provider_id": column(str, "UKPRN, LAESTAB of a school, or register number.", unique=True),
                "provider_name": column(str, "Name."),
                "provider_kind": column(str, "College, school, library, charity and so on."),
                "sector": column(
                    str,
                    "Sector.",
                    one_of(
                        "early years and schools",
                        "further education",
                        "higher education",
                        "adult and community",
                        "employer",
                    ),
                ),
                "setting": column(
                    str, "Usual setting.", one_of("family", "community", "workplace", "institution")
                ),
                "sender_id": column(str, "Who sends its returns."),
                "opened": column(pl.Date, "First day, where known.", nullable=True),
                "closed": column(pl.Date, "Last day, where it has closed.", nullable=True),
                "successor_id": column(
                    str, "The provider that took it over when it closed: a merger, an academy.", nullable=True
                ),
                "postcode": column(str, "Postcode of its main site, where known.", POSTCODE, nullable=True),
            },
            checks=[
                pa.Check(successor_is_registered, error="successor_id must be in the register"),
                pa.Check(successor_came_later, error="who has a successor must have closed, and before it"),
            ],
        ),
        csv_file("provider.csv", opened=pl.Date, closed=pl.Date),
    ),
    ReferenceList(
        "provider_class",
        "What counts rest on of each provider: a list of its own, so that they outlast a new name.",
        pa.DataFrameSchema(
            {
                "provider_id": column(str, "UKPRN, LAESTAB of a school, or register number.", unique=True),
                "provider_kind": column(str, "College, school, library, charity and so on."),
                "sector": column(str, "Sector."),
                "sender_id": column(str, "Who sends its returns."),
                "successor_id": column(str, "The provider that took it over.", nullable=True),
                "postcode": column(str, "Postcode of its main site, where known.", POSTCODE, nullable=True),
            },
            strict="filter",
        ),
        csv_file("provider.csv"),
    ),
    ReferenceList(
        "expected_return",
        "The register of returns: who owes which, and in which academic years.",
        pa.DataFrameSchema(
            {
                "sender_id": column(str, "Who owes it."),
                "collection": column(str, "The extract format."),
                "part": column(str, "The part of the year, where a format has several.", nullable=True),
                "first_year": column(str, "First academic year in which it is owed.", YEAR),
                "last_year": column(str, "Last one; null while it still is.", YEAR, nullable=True),
            },
            unique=["sender_id", "collection", "part", "first_year"],
        ),
        csv_file("expected_return.csv"),
    ),
    ReferenceList(
        "postcode",
        "Postcodes with their local authority, LSOA, ward and deprivation.",
        pa.DataFrameSchema(
            {
                "postcode": column(
                    str,
                    "Upper case, one space.",
                    POSTCODE,
                    unique=True,
                ),
                "lad_code": column(str, "GSS code of the local authority district.", GSS),
                "lsoa21_code": column(str, "GSS code of the LSOA 2021.", GSS, nullable=True),
                "ward23_code": column(str, "GSS code of the 2023 ward.", GSS, nullable=True),
                "ward23_name": column(str, "Name of the ward.", nullable=True),
                "imd2025_decile": column(
                    int, "IMD 2025 decile, 1 the most deprived.", pa.Check.in_range(1, 10), nullable=True
                ),
                "latitude": column(float, "Degrees north, where known.", _LATITUDES, nullable=True),
                "longitude": column(float, "Degrees east, where known.", _LONGITUDES, nullable=True),
            }
        ),
        csv_file("postcode.csv", imd2025_decile=pl.Int64, latitude=pl.Float64, longitude=pl.Float64),
    ),
    *CODE_LISTS,
    *PROFILE_LISTS,
)
