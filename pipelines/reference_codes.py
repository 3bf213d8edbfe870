"""Reference lists of codes: what is learned, and by what figures are broken down."""

import pandera.polars as pa
import polars as pl

from pipelines.lars import Lars
from pipelines.reference import ReferenceList
from pipelines.reference_columns import ISCED, PLAIN, column, csv_file, matches, of_lars, one_of


def common_form_is_its_own(data: pa.PolarsData) -> pl.LazyFrame:
    """Say of each row whether its common form is in the list as its own: two steps are never needed."""
    own = data.lazyframe.filter(pl.col("given_name") == pl.col("common_form"))
    heads = own.select(common_form="given_name", found=pl.lit(value=True))
    joined = data.lazyframe.join(heads, on="common_form", how="left", maintain_order="left")
    return joined.select(pl.col("found").fill_null(value=False))


CODE_LISTS: tuple[ReferenceList, ...] = (
    ReferenceList(
        "learning_aim",
        "Learning aims with level, subject and orientation, from the Learning Aim Reference Service.",
        pa.DataFrameSchema(
            {
                "learn_aim_ref": column(
                    str, "Learning aim reference.", matches(r"^[A-Z0-9]{8}$", "8 characters"), unique=True
                ),
                "title": column(str, "Title.", nullable=True),
                "notional_nvq_level_v2": column(
                    str,
                    "Level: E entry, 1.5 levels 1 and 2, H higher, M mixed, X not applicable.",
                    one_of("E", "1", "1.5", "2", "3", "4", "5", "6", "7", "8", "H", "M", "X"),
                    nullable=True,
                ),
                "ssa_tier1": column(str, "Sector subject area, tier 1.", nullable=True),
                "ssa_tier2": column(str, "Sector subject area, tier 2.", nullable=True),
                "orientation": column(str, "Orientation.", one_of("general", "vocational")),
                "formality": column(str, "Formal or not.", one_of("formal", "non-formal")),
            }
        ),
        of_lars(Lars.aims),
    ),
    ReferenceList(
        "learning_aim_orientation",
        "What the Learning Aim Reference Service leaves open, by code: general or vocational, formal or not.",
        pa.DataFrameSchema(
            {
                "scheme": column(str, "What kind of code it is.", one_of("class_code", "type", "ssa_tier2")),
                "code": column(str, "The code; of a class code, what references begin with."),
                "orientation": column(str, "Orientation.", one_of("general", "vocational")),
                "formality": column(str, "Formal or not.", one_of("formal", "non-formal")),
                "label": column(str, "What it is."),
                "source": column(str, "Why."),
            },
            unique=["scheme", "code"],
        ),
        csv_file("learning_aim_orientation.csv"),
    ),
    ReferenceList(
        "apprenticeship_standard",
        "Apprenticeship standards with their level.",
        pa.DataFrameSchema(
            {
                "standard_code": column(str, "Standard code.", unique=True),
                "title": column(str, "Title."),
                "notional_end_level": column(str, "Level at the end.", one_of("2", "3", "4", "5", "6", "7")),
                "ssa_tier1": column(str, "Sector subject area, tier 1."),
            }
        ),
        of_lars(Lars.standards),
    ),
    ReferenceList(
        "isced_mapping",
        "England's provision → ISCED 2011 level and orientation, one reviewed row a code.",
        pa.DataFrameSchema(
            {
                "scheme": column(
                    str,
                    "What kind of code it maps.",
                    one_of(
                        "national_curriculum_year",
                        "ilr_programme_type",
                        "apprenticeship_level",
                        "aim_level",
                        "hesa_qualcat",
                    ),
                ),
                "code": column(str, "The code."),
                "isced": column(str, "ISCED 2011 level and orientation.", ISCED),
                "label": column(str, "What it is."),
                "source": column(str, "Why it maps there."),
            },
            unique=["scheme", "code"],
        ),
        csv_file("isced_mapping.csv"),
    ),
    ReferenceList(
        "ethnicity",
        "Ethnicity codes of the extracts → the five harmonised groups.",
        pa.DataFrameSchema(
            {
                "scheme": column(str, "Whose code it is.", one_of("ilr", "dfe", "hesa")),
                "code": column(str, "The code."),
                "ethnicity": column(str, "Group.", one_of("asian", "black", "mixed", "white", "other")),
                "label": column(str, "What the code stands for."),
            },
            unique=["scheme", "code"],
        ),
        csv_file("ethnicity.csv"),
    ),
    ReferenceList(
        "subject",
        "Subjects of study at universities (HECoS) → sector subject areas.",
        pa.DataFrameSchema(
            {
                "code": column(
                    str,
                    "HECoS code.",
                    matches(r"^1\d{5}$", "six digits, of which 1 is the first"),
                    unique=True,
                ),
                "ssa_tier1": column(
                    str,
                    "Sector subject area, tier 1; null for what is of no one area.",
                    one_of(*(str(n) for n in range(1, 16))),
                    nullable=True,
                ),
            }
        ),
        csv_file("subject.csv"),
    ),
    ReferenceList(
        "theme",
        "Sector subject areas → themes of learning.",
        pa.DataFrameSchema(
            {
                "ssa_tier1": column(
                    str, "Sector subject area, tier 1; null for themes without one.", nullable=True
                ),
                "theme": column(str, "Theme.", matches(r"^[a-z_]+$", "a code")),
                "label": column(str, "What to print."),
                "position": column(int, "Place in the order of printing.", pa.Check.ge(1)),
            }
        ),
        csv_file("theme.csv", position=pl.Int64),
    ),
    ReferenceList(
        "category",
        "The codes of what figures are broken down by, where they are the same in every city.",
        pa.DataFrameSchema(
            {
                "dimension": column(str, "Dimension.", matches(r"^[a-z_]+$", "a code")),
                "code": column(str, "Code."),
                "label": column(str, "What to print."),
                "position": column(int, "Place in the order of printing.", pa.Check.ge(1)),
            },
            unique=["dimension", "code"],
        ),
        csv_file("category.csv", position=pl.Int64),
    ),
    ReferenceList(
        "given_name",
        "Forms and spellings of given names → the common form by which they are compared.",
        pa.DataFrameSchema(
            {
                "given_name": column(str, "A form, in plain capitals.", PLAIN, unique=True),
                "common_form": column(str, "The common form.", PLAIN),
            },
            checks=[pa.Check(common_form_is_its_own, error="a common form must stand for itself")],
        ),
        csv_file("given_name.csv"),
    ),
)
