"""Cases of how an aim ended."""

from tests.extracts.ilr_cases import Case, Record, learner, one, programme

_END = {"LearnActEndDate": "2025-06-30"}
_BOOTCAMP = {"FundModel": "37", "ProgType": "32", "StdCode": None, "ConRefNumber": "C1"}


def _ended(
    status: str | None = "2", outcome: str | None = "1", fams: str = "SOF110 FFI1", **fields: str | None
) -> Record:
    return one(fams, CompStatus=status, Outcome=outcome, **_END | fields)


def _standard(status: str = "2", outcome: str | None = "1", **shared: str | None) -> Record:
    return learner(*programme(CompStatus=status, Outcome=outcome, **_END | shared))


def _bootcamp(status: str = "2", outcome: str | None = "1", **shared: str | None) -> Record:
    return learner(*programme(CompStatus=status, Outcome=outcome, **_BOOTCAMP | _END | shared))


def _head(**shared: str | None) -> Record:
    """Return a learner with the programme aim of an apprenticeship alone."""
    return learner(*programme({"AimType": "1", "LearnAimRef": "ZPROG001"}, **shared))


_FRAMEWORK = {"ProgType": "2", "StdCode": None}
_ASSESSED = {"AchDate": "2025-07-10", "CompStatus": "3", "Outcome": "3"}
_PLACEMENT = {"LearnAimRef": "ZWRKX002", "WithdrawReason": "48"}

ALONE = [
    Case("CompStatus_01", [_ended("6", "3")], [_ended("4"), _ended("7")]),
    Case(
        "CompStatus_02",
        [
            _ended(),
            one(),
            _head(CompStatus="1", **_END),
            _head(CompStatus="1", FundModel="99", **_END),
        ],
        [_ended("1", None), learner(*programme({"AimType": "3"}, CompStatus="1", **_END))],
    ),
    Case("CompStatus_03", [one(), _ended()], [one(CompStatus=status) for status in ("2", "3", "6")]),
    Case("CompStatus_04", [one(), _ended()], [_ended("2", None), _ended("3", None)]),
    Case(
        "CompStatus_05",
        [one(), _standard("1", "8"), _standard("1", "8", FundModel="99"), _bootcamp("1", "8")],
        [one(Outcome="8"), _ended("1", "1"), _standard("1", "8", FundModel="81")],
    ),
    Case(
        "CompStatus_06",
        [_ended("3", "3"), _ended("6", "2"), _ended("2", "8"), _bootcamp("3", "1")],
        [_ended("3", "1"), _ended("6", "1"), _ended("3", "8")],
    ),
    # Learning that ended on 31 July 2019 is not asked.
    Case(
        "CompStatus_07",
        [
            _standard("2", AchDate="2025-07-10"),
            _standard(
                "3", "3", AchDate="2019-07-31", LearnStartDate="2018-08-01", LearnActEndDate="2019-07-31"
            ),
        ],
        [
            _standard("3", "3", AchDate="2025-07-10"),
            _standard(
                "3", "3", AchDate="2019-08-08", LearnStartDate="2018-08-01", LearnActEndDate="2019-08-01"
            ),
        ],
    ),
    Case(
        "CompStatus_08", [_bootcamp("2", AchDate="2025-07-10")], [_bootcamp("3", "3", AchDate="2025-07-10")]
    ),
    Case("Outcome_01", [_ended("2", "8")], [_ended("2", "4"), _ended("2", "9")]),
    Case(
        "Outcome_04",
        [_standard("3", "3", AchDate="2025-07-10"), _bootcamp("2", "1", AchDate="2025-07-10")],
        [_bootcamp("2", "3", AchDate="2025-07-10"), _ended("2", "2", AchDate="2025-07-10")],
    ),
    Case(
        "Outcome_09",
        [
            _ended("2", "8"),
            _head(CompStatus="1", Outcome="8", **_END),
            _bootcamp("1", "8"),
        ],
        [_ended("3", "8"), learner(*programme({"AimType": "3"}, CompStatus="1", Outcome="8", **_END))],
    ),
    Case("Outcome_10", [_ended("3", "3")], [one(Outcome="3")]),
    Case("Outcome_05", [_ended(), _bootcamp(LearnActEndDate=None)], [one(CompStatus="2", Outcome="1")]),
    Case(
        "Outcome_11",
        [_ended(), one(), _bootcamp(LearnActEndDate=None)],
        [one(CompStatus="2", Outcome=outcome) for outcome in ("1", "2", "3", "8")],
    ),
    Case("Outcome_12", [_ended(), one()], [_ended("1", None), _ended("2", None)], year=2025),
    Case(
        "WithdrawReason_02",
        [_ended("3", "3", WithdrawReason="47"), _ended("3", "3", WithdrawReason="2")],
        [_ended("3", "3", WithdrawReason="49"), _ended("3", "3", WithdrawReason="1")],
    ),
    Case("WithdrawReason_03", [_ended("3", "3", WithdrawReason="98"), _ended("6", "3")], [_ended("3", "3")]),
    Case(
        "WithdrawReason_04",
        [_ended("3", "3", WithdrawReason="98")],
        [one(WithdrawReason="98"), _ended("2", WithdrawReason="98"), _ended("6", "3", WithdrawReason="98")],
    ),
    Case(
        "WithdrawReason_05",
        [_ended("3", "3", "SOF105 LDM034", WithdrawReason="28"), _ended("3", "3", WithdrawReason="29")],
        [_ended("3", "3", WithdrawReason="28")],
    ),
    Case(
        "WithdrawReason_06",
        [_ended("3", "3", **_PLACEMENT), _ended("3", "3", WithdrawReason="47")],
        [_ended("3", "3", WithdrawReason="48")],
    ),
]
# Half of what a condition asks is not enough: another programme, another funding, a component.
HALVES = [
    Case("CompStatus_02", [], [_head(CompStatus="1", **_FRAMEWORK, **_END)]),
    Case(
        "CompStatus_05", [], [_ended("1", "1", "SOF105", FundModel="37"), _standard("1", "8", **_FRAMEWORK)]
    ),
    Case("CompStatus_06", [], [_ended("3", "1", "SOF105", FundModel="37")]),
    Case(
        "CompStatus_07",
        [
            learner(*programme({"AimType": "3"}, **_ASSESSED, **_END)),
            _standard("3", "3", FundModel="81", AchDate="2025-07-10"),
        ],
        [],
    ),
    Case(
        "CompStatus_08",
        [
            learner(*programme({"AimType": "3"}, **_BOOTCAMP, **_ASSESSED, **_END)),
            _bootcamp("3", "3", AchDate="2025-07-10", ProgType="24"),
            _bootcamp("3", "3"),
        ],
        [],
    ),
    Case("Outcome_04", [], [_head(**_FRAMEWORK, **_ASSESSED, **_END)]),
    Case("Outcome_05", [], [one("SOF105", FundModel="37", CompStatus="2", Outcome="1")]),
    Case(
        "Outcome_09",
        [],
        [
            _ended("3", "8", "SOF105", FundModel="37"),
            _head(CompStatus="1", Outcome="8", **_FRAMEWORK, **_END),
        ],
    ),
    Case("Outcome_11", [], [one("SOF105", FundModel="37", CompStatus="2", Outcome="1")]),
]
CASES = [*ALONE, *HALVES]
