"""Rules on who a learner is: number, age, sex, ethnicity, where he or she lives."""

from collections.abc import Iterator

import polars as pl

from pipelines.extracts.fields import NO_ULN, postcode_holds, uln_checksum_holds, unless
from pipelines.extracts.ilr_rules import codes
from pipelines.extracts.ilr_rules.terms import (
    SOURCE,
    born,
    end_of_august,
    error_where,
    is_in,
    listed,
    monitored,
    start,
    unknown,
    year_start,
)
from pipelines.extracts.rules import Rule, Severity

_DATE_OF_BIRTH = "DateOfBirth"


def rules() -> Iterator[Rule]:
    """Yield the rules on rows of learners."""
    checksum = "ULN fails its check digit, so at least one digit is wrong."
    yield Rule("ULN_04", "ULN", uln_checksum_holds("ULN"), checksum, Severity.WARN, SOURCE)
    yield listed("Sex_01", "Sex", codes.SEXES, severity=Severity.QUARANTINE)
    yield listed("Ethnicity_01", "Ethnicity", codes.ETHNICITIES)
    yield error_where(
        "DateOfBirth_04",
        _DATE_OF_BIRTH,
        born <= year_start.dt.offset_by("-115y"),
        "DateOfBirth makes the learner 115 or over at the start of the year.",
        severity=Severity.QUARANTINE,
    )
    yield error_where(
        "DateOfBirth_24",
        _DATE_OF_BIRTH,
        (pl.col("ULN") != NO_ULN) & unknown(_DATE_OF_BIRTH),
        "DateOfBirth is missing for a learner who has a ULN; without it the learner is in no figure by age.",
    )
    yield error_where(
        "DateOfBirth_27",
        _DATE_OF_BIRTH,
        born >= year_start,
        "DateOfBirth must be before the first day of the teaching year, 1 August.",
        severity=Severity.QUARANTINE,
    )
    yield postcode("Postcode_15", "Postcode")
    yield postcode("PostcodePrior_02", "PostcodePrior")


def age_rules() -> Iterator[Rule]:
    """Yield the rules on an aim and its learner's age."""
    community, young = is_in("FundModel", "10", "99"), is_in("FundModel", "25", "82")
    yield error_where(
        "DateOfBirth_05",
        _DATE_OF_BIRTH,
        community & (born > start.dt.offset_by("-4y")),
        "DateOfBirth makes the learner under 4 at LearnStartDate; check it where FundModel is 10 or 99.",
    )
    yield error_where(
        "DateOfBirth_06",
        _DATE_OF_BIRTH,
        young & (born > end_of_august.dt.offset_by("-13y")),
        "DateOfBirth makes the learner under 13 on 31 August; check it where FundModel is 25 or 82.",
    )
    yield error_where(
        "DateOfBirth_07",
        _DATE_OF_BIRTH,
        young & (born <= end_of_august.dt.offset_by("-25y")) & monitored("SOF107"),
        "DateOfBirth makes the learner 25 or over on 31 August, too old for 16-19 funding (SOF 107).",
    )
    yield error_where(
        "DateOfBirth_12",
        _DATE_OF_BIRTH,
        is_in("FundModel", "10") & (born > start.dt.offset_by("-19y")) & monitored("ASL1", "ASL2"),
        "DateOfBirth makes the learner under 19 at LearnStartDate, too young for community learning "
        "of the kinds ASL 1 and 2.",
    )


def postcode(rule: str, field: str, exempt: pl.Expr | None = None) -> Rule:
    """Return a rule that a postcode has a valid form, except where `exempt` is true."""
    message = f"{field} is not in the form of a UK postcode, such as M1 1AE; ZZ99 9ZZ means unknown."
    holds = postcode_holds(field) if exempt is None else unless(exempt, postcode_holds(field))
    return Rule(rule, field, holds, message, Severity.WARN, SOURCE)
