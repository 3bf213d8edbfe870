"""Faults planted in rows on purpose: what providers get wrong, each with the rule that must find it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.numbers import NO_ULN

Row = Mapping[str, object]
WARN, QUARANTINE = "warn", "quarantine"
_AT_LEAST = 3
"""Rows spoilt in a year, so that even a village has every fault within a few years."""


@dataclass(frozen=True)
class RowFault:
    """One way in which a row goes wrong.

    Args:
        rule: the rule that must find it.
        effect: what must become of the row.
        table: the table that the row is in.
        edit: returns the new cells; none of them where a copy of the row is added instead.
        suits: says whether a row can be spoilt so that no other rule finds anything.
        also: other rules that ask the same, and find it too.
    """

    rule: str
    effect: str
    table: str
    edit: Callable[[Row, int], dict[str, str | None]]
    suits: Callable[[Row], bool] = lambda _: True
    also: tuple[str, ...] = ()


def _constant(column: str, value: str | None) -> Callable[[Row, int], dict[str, str | None]]:
    return lambda _row, _year: {column: value}


def _has(column: str) -> Callable[[Row], bool]:
    return lambda row: row[column] is not None


def _days(text: object, days: int) -> str:
    return (date.fromisoformat(str(text)) + timedelta(days)).isoformat()


def _late_start(_: Row, year: int) -> dict[str, str | None]:
    return {
        "start_date": f"{year + 1}-08-20",
        "planned_end_date": f"{year + 2}-02-20",
        "comp_status": "1",
        **dict.fromkeys(("end_date", "withdraw_reason", "outcome")),
    }


def _wrong_digit(row: Row, _: int) -> dict[str, str | None]:
    number = str(row["uln"])
    return {"uln": number[:9] + str((int(number[9]) + 1) % 10)}


_LEARNER, _AIM, _PUPIL, _ENROLMENT = "learner", "learning_delivery", "pupilonroll", "enrolment"
_DIFFICULTY = "lldd_and_health_problem"
_STUDENT, _SESSION = "student", "student_course_session"
_ENGAGEMENT, _LEAVER, _CHILD, _APPRENTICE = "engagement", "leaver", "eychild", "apprentice"
SPARE_SESSION = "StudentCourseSession.SID_NUMHUS_SCSESSIONID.unique"


def _alone(row: Row) -> bool:
    """Say whether an aim is part of nothing, so that a fault in it concerns no other aim."""
    return row["aim_type"] == "4"


ILR = (
    RowFault("ULN_04", WARN, _LEARNER, _wrong_digit, lambda r: r["uln"] != NO_ULN),
    RowFault("LearnActEndDate_01", QUARANTINE, _AIM,
             lambda r, _: {"end_date": _days(r["start_date"], -10)}, lambda r: r["end_date"] is not None),
    RowFault("FD_DateOfBirth_AP", QUARANTINE, _LEARNER, _constant("birth_date", "1990-02-30")),
    RowFault("R_07", QUARANTINE, _AIM, lambda _r, _y: {}, _alone),
    RowFault("DateOfBirth_24", WARN, _LEARNER, _constant("birth_date", None),
             lambda r: r["uln"] != NO_ULN and r["fund_model"] in ("25", "36"), also=("DateOfBirth_01",)),
    RowFault("LearnStartDate_03", QUARANTINE, _AIM, _late_start,
             lambda r: r["fund_model"] == "25" and r["prog_type"] is None),
    RowFault("Sex_01", QUARANTINE, _LEARNER, _constant("sex", "X")),
    RowFault("CompStatus_01", QUARANTINE, _AIM, _constant("comp_status", "5"),
             lambda r: r["end_date"] is not None and r["achieved_date"] is None),
    RowFault("R_06", QUARANTINE, _LEARNER, lambda _r, _y: {}),
    RowFault("LearnActEndDate_04", WARN, _AIM, lambda _, y: {"end_date": f"{y + 2}-01-15"},
             lambda r: _alone(r) and r["comp_status"] == "2"),
    RowFault("FD_ULN_AR", WARN, _LEARNER, _constant("uln", "99999")),
    RowFault("FundModel_01", QUARANTINE, _AIM, _constant("fund_model", "50"),
             lambda r: _alone(r) and r["fund_model"] != "99"),
    RowFault("DateOfBirth_04", QUARANTINE, _LEARNER, _constant("birth_date", "1899-05-05"),
             lambda r: r["fund_model"] != "25"),
    RowFault("AimType_01", QUARANTINE, _AIM, _constant("aim_type", "2"), _alone),
    RowFault("Postcode_15", WARN, _LEARNER, _constant("postcode", "M13 9P")),
    RowFault("LearnPlanEndDate_02", WARN, _AIM,
             lambda r, _: {"planned_end_date": _days(r["start_date"], -5)}),
    RowFault("CompStatus_04", WARN, _AIM, _constant("outcome", None),
             lambda r: _alone(r) and r["comp_status"] == "2"),
    RowFault("WithdrawReason_03", WARN, _AIM, _constant("withdraw_reason", None),
             lambda r: r["comp_status"] == "3"),
    RowFault("LLDDCat_01", WARN, _DIFFICULTY, _constant("lldd_category", "18"), lambda r: r["lldd"] == "1"),
)  # fmt: skip
CENSUS = (
    RowFault("upn_format", WARN, _PUPIL, lambda r, _: {"upn": "x" + str(r["upn"])[1:8]}),
    RowFault("dob_format", QUARANTINE, _PUPIL, _constant("dob", "25/04/2015")),
    RowFault("sex_code", QUARANTINE, _PUPIL, _constant("sex", "B")),
    RowFault("enrolstatus_code", QUARANTINE, _PUPIL, _constant("status", "Z")),
    RowFault("ncyear_code", QUARANTINE, _PUPIL, _constant("nc_year", "15")),
)
COMMUNITY = (
    RowFault("date_of_birth_format", QUARANTINE, _ENROLMENT, _constant("date_of_birth", "31/02/1980")),
    RowFault("setting_code", QUARANTINE, _ENROLMENT, _constant("setting", "online")),
    RowFault("theme_code", QUARANTINE, _ENROLMENT, _constant("theme", "misc")),
    RowFault("start_date_format", QUARANTINE, _ENROLMENT, _constant("start_date", "in spring")),
    RowFault("end_before_start", QUARANTINE, _ENROLMENT, lambda r, _: {"end_date": _constant_day(r, 2001)}),
    RowFault("start_outside_year", QUARANTINE, _ENROLMENT,
             lambda r, y: {"start_date": _constant_day(r, y + 1), "end_date": _constant_day(r, y + 1)}),
    RowFault("learner_reference_missing", QUARANTINE, _ENROLMENT, _constant("learner_reference", None)),
)  # fmt: skip
STUDENT_RECORD = (
    RowFault("Student.SID.format", QUARANTINE, _STUDENT, lambda r, _: {"sid": str(r["sid"])[:-1]}),
    RowFault("StudentCourseSession.SCSENDDATE.order", QUARANTINE, _SESSION,
             lambda r, _: {"end_date": _days(r["start_date"], -9)},
             lambda r: r["end_date"] is not None and r["starts_in_year"]),
    RowFault("StudentCourseSession.COURSEID.known", WARN, _SESSION, _constant("course", "GONE-1")),
    RowFault("Student.SEXID.code", QUARANTINE, _STUDENT, _constant("sex", "13"), lambda r: r["data_futures"]),
    RowFault("StudentCourseSession.SCSMODE.code", QUARANTINE, _SESSION, _constant("mode", "05")),
    RowFault("Student.TTPCODE.format", WARN, _STUDENT, _constant("term_postcode", "M13 9P")),
    RowFault(SPARE_SESSION, QUARANTINE, _SESSION, lambda _r, _y: {}),
    RowFault("Student.BIRTHDTE.format", QUARANTINE, _STUDENT, _constant("birth_date", "31/12/2003")),
    RowFault("Student.ULN.checksum", WARN, _STUDENT, _wrong_digit, lambda r: r["uln"] is not None),
    RowFault("StudentCourseSession.SCSSTARTDATE.year", QUARANTINE, _SESSION,
             lambda _, y: {"start_date": f"{y + 1}-09-20", "end_date": None, "reason": None}),
    RowFault("Student.BIRTHDTE.plausible", QUARANTINE, _STUDENT, _constant("birth_date", "1899-05-05")),
    RowFault("Student.ETHNIC.code", WARN, _STUDENT, _constant("ethnicity", "98"),
             lambda r: r["data_futures"]),
    RowFault("StudentCourseSession.SCSSTARTDATE.format", QUARANTINE, _SESSION,
             lambda r, _: {"start_date": str(r["start_date"]).replace("-", "/")}),
    RowFault("Student.BIRTHDTE.required", WARN, _STUDENT, _constant("birth_date", None)),
    RowFault("Leaver.ENGENDDATE.format", QUARANTINE, _LEAVER,
             lambda r, _: {"engaged_to": str(r["engaged_to"]).replace("-", "/")}, _has("engaged_to")),
    RowFault("Engagement.ENGSTARTDATE.required", WARN, _ENGAGEMENT, _constant("engaged_from", None)),
    RowFault("Leaver.RSNENGEND.format", WARN, _LEAVER, _constant("left_because", "none"), _has("engaged_to")),
    RowFault("Engagement.ENGEXPECTEDENDDATE.order", WARN, _ENGAGEMENT,
             lambda r, _: {"expected_end": _days(r["engaged_from"], -5)}),
    RowFault("Leaver.ENGENDDATE.order", QUARANTINE, _LEAVER,
             lambda r, _: {"engaged_to": _days(r["engaged_from"], -5)}, _has("engaged_to")),
    RowFault("Engagement.ENGEXPECTEDENDDATE.format", WARN, _ENGAGEMENT, _constant("expected_end", "summer")),
)  # fmt: skip

EARLY_YEARS = (
    RowFault("dob_format", QUARANTINE, _CHILD, _constant("dob", "25/04/2021")),
    RowFault("postcode_format", WARN, _CHILD, _constant("postcode", "M13 9P")),
    RowFault("sex_code", QUARANTINE, _CHILD, _constant("sex", "1")),
    RowFault("dob_age", WARN, _CHILD, lambda _, y: {"dob": f"{y - 5}-Aug-31 00:00:00"}),
    RowFault("fundedhours_range", WARN, _CHILD, _constant("fundedhours", "15.5")),
    RowFault("dob_after_census", QUARANTINE, _CHILD, lambda _, y: {"dob": f"{y + 1}-Feb-01 00:00:00"}),
    RowFault("eligibilitycode_missing", WARN, _CHILD, _constant("eligibilitycode", None),
             _has("extendedhours")),
    RowFault("dob_missing", QUARANTINE, _CHILD, _constant("dob", None)),
    RowFault("ethnicity_format", WARN, _CHILD, _constant("ethnicity", "White")),
    RowFault("eligibilitycode_format", WARN, _CHILD, _constant("eligibilitycode", "5001234567")),
    RowFault("sex_missing", WARN, _CHILD, _constant("sex", None)),
)  # fmt: skip
APPRENTICESHIP = (
    RowFault("uln_checksum", QUARANTINE, _APPRENTICE,
             lambda r, y: {"ULN": _wrong_digit({"uln": r["ULN"]}, y)["uln"]}),
    RowFault("startdate_format", QUARANTINE, _APPRENTICE,
             lambda r, _: {"StartDate": str(r["StartDate"]).replace("-", "/")}),
    RowFault("totalprice_format", WARN, _APPRENTICE, _constant("TotalPrice", "5000.50")),
    RowFault("uln_missing", QUARANTINE, _APPRENTICE, _constant("ULN", None)),
    RowFault("enddate_order", QUARANTINE, _APPRENTICE,
             lambda r, _: {"EndDate": _days(str(r["StartDate"])[:8] + "01", -1)[:7]},
             lambda r: r["starts_in_year"]),
    RowFault("dateofbirth_format", QUARANTINE, _APPRENTICE, _constant("DateOfBirth", "2001-02-29")),
    RowFault("agreementid_format", WARN, _APPRENTICE, _constant("AgreementID", "v48")),
    RowFault("stdcode_format", QUARANTINE, _APPRENTICE, _constant("StdCode", "ST0103")),
    RowFault("enddate_missing", WARN, _APPRENTICE, _constant("EndDate", None)),
    RowFault("dateofbirth_age", WARN, _APPRENTICE,
             lambda r, _: {"DateOfBirth": _days(r["StartDate"], -14 * 365)}),
    RowFault("enddate_format", QUARANTINE, _APPRENTICE,
             lambda r, _: {"EndDate": str(r["EndDate"])[5:] + "/" + str(r["EndDate"])[:4]}),
)  # fmt: skip


def _constant_day(row: Row, year: int) -> str:
    """Return 15 September of a year in the shape the row's dates have."""
    return f"{year}-09-15" if str(row["start_date"])[4] == "-" else f"15/09/{year}"


def choose(chance: Chance, index: np.ndarray, share: float, *what: object) -> np.ndarray:
    """Return the positions of the rows to spoil, in a random order; in a village more than the share."""
    places = chance.uniform(index, "fault", *what)
    number = max(int((places < share).sum()), min(_AT_LEAST, len(index))) if share else 0
    return np.argsort(places, kind="stable")[:number]


def assign(faults: Sequence[RowFault], rows: Sequence[Row], year: int) -> Iterator[tuple[Row, RowFault]]:
    """Yield each row with a fault that suits it; every fault gets its turn, each year from another first."""
    first = year * (len(faults) // 2) % len(faults)
    turn = cycle([*range(first, len(faults)), *range(first)])
    waiting: list[int] = []
    for row in rows:
        waiting += [next(turn)] if not waiting else []
        found = next((w for w in waiting if faults[w].suits(row)), None)
        while found is None:
            waiting.append(next(turn))
            found = waiting[-1] if faults[waiting[-1]].suits(row) else None
        waiting.remove(found)
        yield row, faults[found]


def edited(frame: pl.DataFrame, edits: Mapping[int, Mapping[str, str | None]]) -> pl.DataFrame:
    """Return a frame with some cells replaced: position of the row → column → new text."""
    columns: dict[str, dict[int, str | None]] = {}
    for row, cells in edits.items():
        for column, value in cells.items():
            columns.setdefault(column, {})[row] = value
    return frame.with_columns(
        frame[column].scatter(list(cells), list(cells.values())).alias(column)
        for column, cells in columns.items()
    )
