"""Cases of who a learner is: numbers, ages, codes."""

from tests.extracts.ilr_cases import Case, Record, aim, learner, one, programme

NOBODY = {"ULN": "9999999999"}
UNBORN = {"DateOfBirth": None}


def _nobody(fams: str = "SOF110 FFI1", **fields: str | None) -> Record:
    return one(fams, NOBODY, **fields)


def _born(day: str, fams: str = "SOF110 FFI1", **fields: str | None) -> Record:
    return one(fams, {"DateOfBirth": day}, **fields)


def _undated(fams: str = "SOF110 FFI1", **fields: str | None) -> Record:
    return one(fams, NOBODY | UNBORN, **fields)


# A file of 2024/25 made on 1 March 2025: 60 days before is 31 December 2024.
_SPRING = "2025-03-01"
_NEW, _OLD = "2024-12-31", "2024-12-30"
_CUSTODY, _OFS = "SOF110 FFI1 LDM034", "SOF1"
_OFS_AIM = {"FundModel": "99", "LSDPostcode": None}

NUMBERS = [
    # The number in HESA's guide; its last digit is right.
    Case("ULN_04", [learner(), learner(**NOBODY)], [learner(ULN="9276308687")]),
    Case(
        "ULN_02",
        [_nobody(FundModel="35"), _nobody(_OFS, **_OFS_AIM), one(FundModel="11")],
        [_nobody(FundModel="11"), _nobody("ADL1", FundModel="99"), _nobody(FundModel="10")],
    ),
    Case("ULN_03", [_nobody("SOF105 ACT1"), one()], [_nobody()], prepared="2024-12-31"),
    Case("ULN_03", [_nobody()], [], prepared="2025-01-01"),
    Case("ULN_12", [learner(*programme()), _nobody("SOF105 ACT2")], [_nobody("SOF105 ACT1")]),
    Case("ULN_09", [_nobody(), one(_CUSTODY)], [_nobody(_CUSTODY)], prepared="2025-01-01"),
    Case("ULN_09", [_nobody(_CUSTODY)], [], prepared="2024-12-31"),
    Case(
        "ULN_06",
        [
            _nobody(LearnStartDate=_OLD),
            # Five days are long, four are not.
            _nobody(LearnStartDate="2025-02-01", LearnPlanEndDate="2025-02-05"),
            _nobody(_CUSTODY, LearnStartDate=_NEW),
            _nobody("SOF105 ACT1", LearnStartDate=_NEW),
            _nobody(FundModel="11", LearnStartDate=_NEW),
            _nobody("ADL2", FundModel="99", LearnStartDate=_NEW),
        ],
        [
            _nobody(LearnStartDate=_NEW),
            _nobody(LearnStartDate="2025-02-01", LearnPlanEndDate="2025-02-06"),
            _nobody(
                LearnStartDate="2025-02-01",
                LearnPlanEndDate="2025-02-02",
                LearnActEndDate="2025-02-06",
                CompStatus="2",
                Outcome="1",
            ),
            _nobody("ADL1", FundModel="99", LearnStartDate=_NEW),
        ],
        prepared=_SPRING,
    ),
    Case("ULN_06", [_nobody(LearnStartDate="2024-12-01")], [], prepared="2024-12-31"),
    Case(
        "ULN_07",
        [
            _nobody(LearnStartDate=_NEW),
            _nobody(LearnStartDate=_OLD, LearnPlanEndDate="2025-01-03"),
            _nobody(_CUSTODY, LearnStartDate=_OLD),
            _nobody("SOF105 ACT1", LearnStartDate=_OLD),
            _nobody(FundModel="11", LearnStartDate=_OLD),
        ],
        [
            _nobody(LearnStartDate=_OLD),
            _nobody(LearnStartDate=_OLD, LearnPlanEndDate="2025-01-04"),
            _nobody("", FundModel="70", LearnStartDate=_OLD),
            # The second of two aims is enough.
            learner(aim(FundModel="11"), aim(AimSeqNumber="2", LearnStartDate=_OLD), **NOBODY),
        ],
        prepared=_SPRING,
    ),
    Case("ULN_07", [_nobody(LearnStartDate="2024-08-01")], [], prepared="2024-12-31"),
    Case(
        "ULN_07",
        [
            _nobody("SOF108", LearnStartDate=_OLD, **_OFS_AIM),
            _nobody("ADL1", FundModel="11", LearnStartDate=_OLD),
        ],
        [],
        prepared=_SPRING,
    ),
    Case(
        "ULN_10",
        [_nobody(_OFS, LearnStartDate=_OLD, **_OFS_AIM), _nobody("ADL1", LearnStartDate=_NEW, **_OFS_AIM)],
        [_nobody(_OFS, LearnStartDate=_NEW, **_OFS_AIM)],
        prepared=_SPRING,
    ),
    Case(
        "ULN_11",
        [
            _nobody(_OFS, LearnStartDate=_NEW, **_OFS_AIM),
            _nobody(_OFS + " LDM034", LearnStartDate=_OLD, **_OFS_AIM),
            _nobody(_OFS, LearnStartDate=_OLD, LearnPlanEndDate="2025-01-03", **_OFS_AIM),
        ],
        [_nobody(_OFS, LearnStartDate=_OLD, **_OFS_AIM)],
        prepared=_SPRING,
    ),
]
# The first of January is the day from which they ask; five days are long, planned or done.
_LASTS = (
    {"LearnPlanEndDate": "{}"},
    {"LearnPlanEndDate": "2024-10-01", "LearnActEndDate": "{}", "CompStatus": "2", "Outcome": "1"},
)
_OF_FIVE_DAYS = [
    (rule, kind, start, {name: text.format(end) for name, text in lasts.items()})
    for lasts in _LASTS
    for rule, kind, start, end in (
        ("ULN_06", {}, "2024-11-15", "2024-11-20"),
        ("ULN_07", {}, "2024-10-01", "2024-10-06"),
        ("ULN_10", {"fams": _OFS, **_OFS_AIM}, "2024-11-15", "2024-11-20"),
        ("ULN_11", {"fams": _OFS, **_OFS_AIM}, "2024-10-01", "2024-10-06"),
    )
]
NUMBERS += [
    case
    for rule, kind, start, lasts in _OF_FIVE_DAYS
    for case in (
        Case(rule, [], [_nobody(**kind, LearnStartDate=start, **lasts)], prepared="2025-01-01"),
        Case(rule, [_nobody(**kind, LearnStartDate=start, **lasts)], [], prepared="2024-12-31"),
    )
]
# The Office for Students funds what is both non-funded to DfE and marked so.
NUMBERS += [
    Case(
        rule,
        [
            _nobody("ADL1", LearnStartDate=start, **_OFS_AIM),
            _nobody("SOF1", FundModel="25", LearnStartDate=start),
        ],
        [],
        prepared=_SPRING,
    )
    for rule, start in (("ULN_10", _NEW), ("ULN_11", _OLD))
]
AGES = [
    Case(
        "DateOfBirth_01",
        [one(), _undated(_CUSTODY), _undated(FundModel="11")],
        [_undated(), _undated("SOF107", FundModel="25")],
    ),
    Case(
        "DateOfBirth_02",
        [_undated(), _undated("ADL1", FundModel="99")],
        [_undated(FundModel="10"), _undated(FundModel="11"), _undated("SOF108", FundModel="99")],
    ),
    Case(
        "DateOfBirth_23",
        [_undated("SOF108", FundModel="99"), _undated("ADL1 LDM034", FundModel="99")],
        [_undated("ADL1", FundModel="99")],
    ),
    Case("DateOfBirth_24", [learner(), _undated()], [learner(**UNBORN)]),
    Case("DateOfBirth_04", [_born("1909-08-02")], [_born("1909-08-01")]),
    Case("DateOfBirth_27", [_born("2024-07-31")], [_born("2024-08-01")]),
    # Four years old on the day the aim begins.
    Case(
        "DateOfBirth_05",
        [_born("2020-09-02", FundModel="10"), _born("2022-01-01", FundModel="11")],
        [_born("2020-09-03", FundModel="10"), _born("2020-09-03", "SOF108", FundModel="99")],
    ),
    # Thirteen on 31 August 2024.
    Case(
        "DateOfBirth_06",
        [_born("2011-08-31", "SOF107", FundModel="25"), _born("2011-09-01")],
        [_born("2011-09-01", "SOF107", FundModel="25"), _born("2011-09-01", "SOF107", FundModel="82")],
    ),
    # Twenty-five on 31 August 2024.
    Case(
        "DateOfBirth_07",
        [_born("1999-09-01", "SOF107", FundModel="25"), _born("1999-08-31", "SOF105", FundModel="25")],
        [_born("1999-08-31", "SOF107", FundModel="25")],
    ),
    Case(
        "DateOfBirth_12",
        [
            _born("2003-09-02", "SOF110 ASL1", FundModel="10", LearnStartDate="2022-09-02"),
            _born("2003-09-03", "SOF110 ASL3", FundModel="10", LearnStartDate="2022-09-02"),
        ],
        [_born("2003-09-03", "SOF110 ASL2", FundModel="10", LearnStartDate="2022-09-02")],
        year=2022,
    ),
]
CODES = [
    Case("Sex_01", [learner(Sex="M")], [learner(Sex="m"), learner(Sex="X")]),
    Case("Ethnicity_01", [learner(Ethnicity="98"), learner(Ethnicity="47")], [learner(Ethnicity="48")]),
    Case("LLDDHealthProb_01", [learner(LLDDHealthProb="9")], [learner(LLDDHealthProb="3")]),
    Case("Postcode_15", [learner(Postcode="m11ae")], [learner(Postcode="M1 1AC"), learner(Postcode="M1 AE")]),
    Case("PostcodePrior_02", [learner(PostcodePrior="EC1A 1BB")], [learner(PostcodePrior="M 1AE")]),
]
REPEATS = [
    Case("R_06", [learner(LearnRefNumber="X"), learner(LearnRefNumber="x")], [learner(LearnRefNumber="X")]),
    Case("R_59", [learner(), learner(ULN="1061484016"), learner(**NOBODY), learner(**NOBODY)], [learner()]),
]
CASES = [*NUMBERS, *AGES, *CODES, *REPEATS]
