"""Cases of dates and places of aims."""

from tests.extracts.ilr_cases import Case, Record, learner, one, programme

_ENDED = {"CompStatus": "2", "Outcome": "1"}
_BOOTCAMP = {"FundModel": "37", "ProgType": "32", "StdCode": None, "ConRefNumber": "C1"}
_T_LEVEL = {"FundModel": "25", "ProgType": "31", "StdCode": None, "fams": "SOF107"}
_AGAIN = "SOF110 FFI1 RES1"


def _standard(**shared: str | None) -> Record:
    return learner(*programme(**shared))


def _bootcamp(**shared: str | None) -> Record:
    return learner(*programme(**_BOOTCAMP | shared))


def _again(original: str, **fields: str | None) -> Record:
    return one(_AGAIN, OrigLearnStartDate=original, **fields)


STARTS = [
    Case("LearnStartDate_02", [one(LearnStartDate="2014-08-01")], [one(LearnStartDate="2014-07-31")]),
    Case(
        "LearnStartDate_03",
        [
            one(LearnStartDate="2025-07-31"),
            _standard(LearnStartDate="2025-08-01"),
            _bootcamp(LearnStartDate="2025-08-01"),
            learner(*programme(LearnStartDate="2025-08-01", **_T_LEVEL)),
        ],
        [one(LearnStartDate="2025-08-01")],
    ),
    Case(
        "LearnStartDate_05",
        [one(LearnStartDate="1990-03-01")],
        [one(LearnStartDate="1990-02-28"), one(LearnStartDate="1990-02-27")],
    ),
    Case(
        "LearnStartDate_12",
        [_standard(LearnStartDate="2026-07-31"), _bootcamp(LearnStartDate="2026-08-01")],
        [
            _standard(LearnStartDate="2026-08-01"),
            _standard(ProgType="20", StdCode=None, LearnStartDate="2026-08-01"),
        ],
    ),
    Case(
        "LearnStartDate_12",
        [_standard(ProgType="20", StdCode=None, LearnStartDate="2027-08-01")],
        [_standard(LearnStartDate="2027-08-01")],
        year=2025,
    ),
    Case("OrigLearnStartDate_01", [_again("2014-09-02")], [_again("2014-09-01")]),
    Case("OrigLearnStartDate_02", [_again("2024-09-01")], [_again("2024-09-02")]),
    Case(
        "OrigLearnStartDate_03",
        [_again("2023-09-01", FundModel="35")],
        [_again("2023-09-01", FundModel=model) for model in ("10", "25", "82")],
    ),
    Case("OrigLearnStartDate_04", [_again("2023-09-01"), one()], [one(OrigLearnStartDate="2023-09-01")]),
    Case(
        "OrigLearnStartDate_09",
        [_standard(fams="SOF105 RES1", OrigLearnStartDate="2017-05-01"), _again("2017-04-30")],
        [_standard(fams="SOF105 RES1", OrigLearnStartDate="2017-04-30")],
    ),
]
ENDS = [
    Case("LearnPlanEndDate_02", [one(LearnPlanEndDate="2024-09-02")], [one(LearnPlanEndDate="2024-09-01")]),
    Case("LearnPlanEndDate_03", [one(LearnPlanEndDate="2034-09-01")], [one(LearnPlanEndDate="2034-09-02")]),
    Case(
        "LearnActEndDate_01",
        [one(LearnActEndDate="2024-09-02", **_ENDED)],
        [one(LearnActEndDate="2024-09-01", **_ENDED)],
    ),
    Case(
        "LearnActEndDate_04",
        [one(LearnActEndDate="2025-10-06", **_ENDED)],
        [one(LearnActEndDate="2025-10-07", **_ENDED)],
    ),
    Case(
        "AchDate_02",
        [_standard(LearnActEndDate="2025-07-01", AchDate="2025-07-31", **_ENDED)],
        [_standard(LearnActEndDate="2025-07-01", AchDate="2025-08-01", **_ENDED)],
    ),
    Case(
        "AchDate_03",
        [_standard(AchDate="2024-09-02"), _bootcamp(AchDate="2024-09-01")],
        [_standard(AchDate="2024-09-01")],
    ),
    Case(
        "AchDate_04",
        [
            _standard(LearnActEndDate="2025-07-01", AchDate="2025-07-10", **_ENDED),
            _bootcamp(AchDate="2025-07-10"),
        ],
        [_standard(AchDate="2025-07-10")],
    ),
    Case(
        "AchDate_05",
        [
            _standard(LearnActEndDate="2025-07-01", AchDate="2025-07-01", **_ENDED),
            _bootcamp(LearnActEndDate="2025-07-01", AchDate="2025-06-30", **_ENDED),
        ],
        [_standard(LearnActEndDate="2025-07-01", AchDate="2025-06-30", **_ENDED)],
    ),
    Case(
        "AchDate_07",
        [_standard(LearnActEndDate="2025-02-01", AchDate="2025-03-01", **_ENDED)],
        [_standard(LearnActEndDate="2025-02-01", AchDate="2025-03-02", **_ENDED)],
        prepared="2025-03-01",
    ),
    Case(
        "AchDate_09",
        [
            _standard(AchDate="2025-07-10"),
            _bootcamp(AchDate="2025-07-10"),
            _standard(FundModel="81", AchDate="2025-07-10"),
            one(LearnStartDate="2015-07-31", AchDate="2016-07-10"),
            one(ProgType="24", AchDate="2025-07-10"),
        ],
        [one(AchDate="2025-07-10"), one(LearnStartDate="2015-08-01", AchDate="2016-07-10")],
    ),
    Case(
        "AchDate_11",
        [
            _standard(LearnActEndDate="2025-07-01", AchDate="2025-07-08", **_ENDED),
            _standard(
                LearnActEndDate="2019-07-31", LearnStartDate="2018-08-01", AchDate="2019-07-31", **_ENDED
            ),
        ],
        [
            _standard(LearnActEndDate="2025-07-01", AchDate="2025-07-07", **_ENDED),
            _standard(
                LearnActEndDate="2019-08-01", LearnStartDate="2018-08-01", AchDate="2019-08-07", **_ENDED
            ),
        ],
    ),
    Case(
        "AchDate_12",
        [
            _standard(LearnActEndDate="2025-07-01", AchDate="2025-07-08", **_ENDED),
            _standard(LearnActEndDate="2021-07-31", LearnStartDate="2020-08-01", **_ENDED),
            _standard(LearnActEndDate="2025-07-01", CompStatus="1", Outcome="8"),
        ],
        [
            _standard(LearnActEndDate="2025-07-01", **_ENDED),
            _standard(LearnActEndDate="2021-08-01", LearnStartDate="2020-08-01", **_ENDED),
        ],
    ),
]
# Half of what a condition asks is not enough: another programme, another funding, a component.
HALVES = [
    *(
        Case(rule, [], [one("SOF105", FundModel="37", **dates)])
        for rule, dates in (
            ("AchDate_03", {"AchDate": "2024-09-01"}),
            ("AchDate_04", {"AchDate": "2025-07-10"}),
            ("AchDate_05", {"LearnActEndDate": "2025-07-01", "AchDate": "2025-06-30"}),
            ("AchDate_09", {"AchDate": "2025-07-10"}),
        )
    ),
    Case("AchDate_09", [], [one("SOF105", FundModel="81", AchDate="2025-07-10")]),
    *(
        Case(
            rule,
            [
                learner(*programme({"AimType": "3"}, LearnActEndDate="2025-07-01", **_ENDED, **dates)),
                _standard(FundModel="81", LearnActEndDate="2025-07-01", **_ENDED, **dates),
            ],
            [],
        )
        for rule, dates in (("AchDate_11", {"AchDate": "2025-07-02"}), ("AchDate_12", {}))
    ),
    Case("LearnStartDate_12", [_standard(LearnStartDate="2027-07-31")], [], year=2025),
]
PLACES = [
    Case(
        "DelLocPostCode_11",
        [one(DelLocPostCode="ZZ99 9ZZ"), one("SOF110 FFI1 LDM034", DelLocPostCode="PRISON")],
        [one(DelLocPostCode="ZZ!1AA"), one(DelLocPostCode="PRISON")],
    ),
    Case("LSDPostcode_03", [one(LSDPostcode="M1  1AE")], [one(LSDPostcode="M1 AE")]),
    Case(
        "LSDPostcode_05",
        [
            one(),
            one(LSDPostcode=None, LearnStartDate="2024-07-31"),
            one(LSDPostcode=None, AimType="3"),
            one("SOF107", LSDPostcode=None, FundModel="25"),
        ],
        [one(LSDPostcode=None, LearnStartDate="2024-08-01"), one(LSDPostcode=None, FundModel="11")],
    ),
    Case("PartnerUKPRN_02", [one(PartnerUKPRN="10000002")], [_standard(PartnerUKPRN="10000002")]),
    # The file is from 10000001.
    Case("PartnerUKPRN_03", [one(PartnerUKPRN="10000002")], [one(PartnerUKPRN="10000001")]),
]
CASES = [*STARTS, *ENDS, *HALVES, *PLACES]
