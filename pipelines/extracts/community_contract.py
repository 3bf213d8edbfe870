"""The contract of the community learning template."""

import polars as pl

from pipelines.extracts.community_rules import BORN, DATES, SOURCE, START, enrolment_rules, plain
from pipelines.extracts.community_terms import ACCREDITED, COLUMNS, SEXES
from pipelines.extracts.contract import Contract
from pipelines.extracts.fields import plausible_only, to_date, valid_postcode, valid_uln
from pipelines.extracts.organisation_file import FILE_ORGANISATION, YEAR_END, YEAR_START
from pipelines.extracts.person_names import name_of
from pipelines.extracts.resaved import ERROR_CELLS
from pipelines.extracts.rules import Unique
from pipelines.extracts.tabular import ADDED


def _code(column: str) -> pl.Expr:
    return plain(column).str.replace_all(" ", "_", literal=True)


ENROLMENT = Contract(
    "enrolment",
    (*COLUMNS, YEAR_START, YEAR_END, FILE_ORGANISATION, *ADDED, ERROR_CELLS),
    tuple(enrolment_rules()),
    keep={
        "organisation_id": pl.col("organisation_id"),
        "learner_reference": pl.col("learner_reference"),
        "uln": valid_uln("unique_learner_number"),
        "family_name": name_of("family_name"),
        "given_names": name_of("given_names"),
        "birth_date": plausible_only(BORN, START),
        "sex": plain("sex").replace_strict(SEXES, default=None, return_dtype=pl.String).fill_null("U"),
        "postcode": valid_postcode("postcode"),
        "course_title": pl.col("course_title"),
        "setting": _code("setting"),
        "theme": _code("theme"),
        "start_date": START,
        "end_date": to_date("end_date", *DATES),
        "accredited": plain("accredited")
        .replace_strict(ACCREDITED, default=None, return_dtype=pl.Boolean)
        .fill_null(False),
    },
    record=("learner_reference",),
    learner="learner_reference",
    unique=(
        Unique(
            "duplicate_row",
            "learner_reference",
            ("learner_reference", "course_title", "start_date"),
            "An earlier row has the same learner_reference, course_title and start_date.",
            source=SOURCE,
            fix="Delete the row if it repeats the other; another person needs a reference of their own.",
        ),
    ),
)

CONTRACTS = {ENROLMENT.table: ENROLMENT}
"""Table name → contract."""
