"""Rules on where an aim is taught, where its learner lived at its start, and who teaches it."""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.ilr_rules.people import postcode
from pipelines.extracts.ilr_rules.terms import error_where, is_in, known, monitored, start, unknown
from pipelines.extracts.rules import Rule

_PARTNER = "PartnerUKPRN"


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of aims."""
    yield postcode("DelLocPostCode_11", "DelLocPostCode", exempt=monitored("LDM034"))
    yield postcode("LSDPostcode_03", "LSDPostcode")
    # DfE also looks the postcode up in its own directory.
    yield error_where(
        "LSDPostcode_05",
        "LSDPostcode",
        (start >= pl.date(2024, 8, 1))
        & is_in("FundModel", "38", "11")
        & unknown("LSDPostcode")
        & ~is_in("AimType", "3"),
        "LSDPostcode, where the learner lived, must be returned for adult skills and tailored learning.",
        first_year=2024,
    )
    yield error_where(
        "PartnerUKPRN_02",
        _PARTNER,
        is_in("AimType", "1") & known(_PARTNER),
        "PartnerUKPRN must not be returned for a programme aim (AimType 1).",
    )
    yield error_where(
        "PartnerUKPRN_03",
        _PARTNER,
        pl.col(_PARTNER) == pl.col("UKPRN"),
        "PartnerUKPRN must be another organisation than the one that sends the return.",
    )
