"""The school census: every row rule with a value that passes it and one that breaks it."""

import pytest

from pipelines.extracts.school_census import CONTRACTS
from pipelines.extracts.school_census_contract import NAMES
from tests.extracts.shared_rules import OF_TEXT_TABLES, of_names

GOOD_DATE, BAD_DATE = "2014-Sep-03 00:00:00", "03/09/2014"
ENTERED = {"entrydate": GOOD_DATE}
ON_ROLL, OFF_ROLL = "pupilonroll", "pupilnolongeronroll"

# Table, rule, values that pass, values that do not.
CASES = [
    *((table, *case) for table in CONTRACTS for case in OF_TEXT_TABLES),
    *((table, *case) for table in (ON_ROLL, OFF_ROLL) for case in of_names(*NAMES)),
    *(
        (table, "pupilid_missing", {"pupilonrolltableid": "p"}, {"pupilonrolltableid": None})
        for table in (ON_ROLL, "addresses", "fsmperiod", "senneeds")
    ),
    *(
        (table, rule, {field: good}, {field: bad})
        for table in (ON_ROLL, OFF_ROLL)
        for rule, field, good, bad in (
            ("upn_format", "upn", "A12345678901B", "a123456789012"),
            ("dob_format", "dob", GOOD_DATE, "2014-Feb-30 00:00:00"),
            ("sex_code", "sex", "U", "G"),
        )
    ),
    *(
        (table, "pupilid_missing", {"pupilnolongeronrolltableid": "p"}, {})
        for table in (OFF_ROLL, "addressesoffroll")
    ),
    (OFF_ROLL, "leavingdate_format", {"leavingdate": GOOD_DATE}, {"leavingdate": BAD_DATE}),
    (OFF_ROLL, "leavingdate_missing", {"leavingdate": GOOD_DATE}, {"leavingdate": None}),
    (  # on the day of entry, and the day before
        OFF_ROLL,
        "leavingdate_order",
        {"entrydate": GOOD_DATE, "leavingdate": GOOD_DATE},
        {"entrydate": GOOD_DATE, "leavingdate": "2014-Sep-02 00:00:00"},
    ),
    (OFF_ROLL, "ncyear_code", {"ncyearleaving": "14.0"}, {"ncyearleaving": "15"}),
    *(
        (table, rule, {field: good}, {field: bad})
        for table in (ON_ROLL, OFF_ROLL)
        for rule, field, good, bad in (
            ("uln_checksum", "uniquelearnernumber", "9276308686", "9276308687"),
            ("dob_missing", "dob", GOOD_DATE, None),
            ("entrydate_format", "entrydate", GOOD_DATE, "2014-Sep-3 00:00:00"),
        )
    ),
    *(
        (table, "dob_plausible", ENTERED | {"dob": good}, ENTERED | {"dob": bad})
        for table in (ON_ROLL, OFF_ROLL)
        # The day before entry, and the day itself; 115 years before it.
        for good, bad in (
            ("2014-Sep-02 00:00:00", GOOD_DATE),
            ("1899-Sep-04 00:00:00", "1899-Sep-03 00:00:00"),
        )
    ),
    (ON_ROLL, "sex_missing", {"sex": "M"}, {"sex": None}),
    (ON_ROLL, "enrolstatus_code", {"enrolstatus": "O"}, {"enrolstatus": "Z"}),
    (ON_ROLL, "enrolstatus_missing", {"enrolstatus": "C"}, {"enrolstatus": None}),
    (ON_ROLL, "ncyear_code", {"ncyearactual": "14.0"}, {"ncyearactual": "15"}),
    (ON_ROLL, "ncyear_missing", {"ncyearactual": "N1"}, {"ncyearactual": None}),
    (ON_ROLL, "ethnicity_format", {"ethnicity": "WBRI"}, {"ethnicity": "White"}),
    *(
        (table, "postcode_format", {"postcode": "m1 1ae"}, {"postcode": "M1 1A"})
        for table in ("addresses", "addressesoffroll")
    ),
    ("fsmperiod", "fsmstartdate_format", {"fsmstartdate": GOOD_DATE}, {"fsmstartdate": BAD_DATE}),
    ("fsmperiod", "fsmenddate_format", {"fsmenddate": GOOD_DATE}, {"fsmenddate": BAD_DATE}),
    (
        "fsmperiod",
        "fsm_period_order",
        {"fsmstartdate": GOOD_DATE, "fsmenddate": GOOD_DATE},
        {"fsmstartdate": GOOD_DATE, "fsmenddate": "2014-Sep-02 00:00:00"},
    ),
    ("fsmperiod", "ukcountry_code", {"ukcountry": "ENG"}, {"ukcountry": "FRA"}),
    ("schoolcensus", "schoolcensusid_missing", {"schoolcensustableid": "c"}, {}),
    ("pupilonroll", "school_missing", {"schoolcensustableid": "c"}, {}),
    ("pupilnolongeronroll", "school_missing", {"schoolcensustableid": "c"}, {}),
    ("schoolcensus", "referencedate_format", {"referencedate": GOOD_DATE}, {"referencedate": BAD_DATE}),
    ("schoolcensus", "estab_format", {"estab": "4001.0"}, {"estab": "40011"}),
]

# Table, rule, (a row, a row that may follow it, one that may not).
UNIQUE = [
    (ON_ROLL, "pupilid_repeated", [{"pupilonrolltableid": i} for i in "121"]),
    (ON_ROLL, "upn_repeated", [{"NativeId": school, "upn": "A"} for school in "121"]),
    ("schoolcensus", "schoolcensusid_repeated", [{"schoolcensustableid": i} for i in "121"]),
]


@pytest.mark.parametrize(("table", "rule", "good", "bad"), CASES)
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, table, rule, good, bad):
    assert not breaks(CONTRACTS[table], rule, good)
    assert breaks(CONTRACTS[table], rule, bad)


@pytest.mark.parametrize(("table", "rule", "rows"), UNIQUE)
def test_a_uniqueness_rule_names_the_repeat_only(breaks, table, rule, rows):
    first, good, bad = rows
    assert not breaks(CONTRACTS[table], rule, first, good)
    assert breaks(CONTRACTS[table], rule, first, bad)


def test_every_rule_has_a_case_that_breaks_it():
    declared = {(t, r.id) for t, c in CONTRACTS.items() for r in (*c.rules, *c.unique)}
    assert declared == {case[:2] for case in [*CASES, *UNIQUE]}
