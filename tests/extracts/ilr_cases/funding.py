"""Cases of funding models."""

from tests.extracts.ilr_cases import Case, learner, one, programme

_T_LEVEL = {"AimType": "5", "LearnAimRef": "61006101", "fams": "SOF107"}
_BOOTCAMP = {
    "FundModel": "37",
    "ProgType": "32",
    "fams": "SOF105",
    "ConRefNumber": "C1",
    "LearnStartDate": "2024-09-02",
}
_ON_FRAMEWORK = [learner(*programme(FundModel="35", ProgType="21", StdCode=None))]

CASES = [
    # Which models are in the list of which year.
    Case(
        "FundModel_01",
        [one(FundModel="35"), one(FundModel="10")],
        [one(FundModel="12"), one(FundModel="37")],
        year=2021,
    ),
    Case("FundModel_01", [one(FundModel="37"), one(FundModel="70")], [one(FundModel="38")], year=2022),
    Case("FundModel_01", [one(FundModel="37")], [one(FundModel="11")], year=2023),
    Case(
        "FundModel_01", [one(FundModel="11"), one(FundModel="38"), one(FundModel="35")], [one(FundModel="12")]
    ),
    Case("FundModel_03", [one("ADL1", FundModel="99"), one()], [one("SOF105 ADL1")]),
    Case(
        "FundModel_04",
        [learner(*programme())],
        [
            learner(*programme(FundModel="25")),
            learner(*programme(ProgType="2", FundModel="82", StdCode=None)),
        ],
        year=2023,
    ),
    # From 2025/26 a framework is no apprenticeship to DfE.
    Case(
        "FundModel_04",
        [learner(*programme(ProgType="2", FundModel="82", StdCode=None))],
        [learner(*programme(FundModel="25"))],
        year=2025,
    ),
    Case(
        "FundModel_05",
        [learner(*programme(LearnStartDate="2017-05-01"))],
        [learner(*programme(LearnStartDate="2017-04-30"))],
        year=2018,
    ),
    Case(
        "FundModel_06",
        [learner(*programme()), learner(*programme(ProgType="3", StdCode=None))],
        [one("SOF105", FundModel="36"), learner(*programme(ProgType="24", StdCode=None))],
        year=2023,
    ),
    Case(
        "FundModel_06",
        [learner(*programme())],
        [learner(*programme(ProgType="3", StdCode=None))],
        year=2025,
    ),
    *(
        Case(
            "FundModel_07",
            [
                learner(*programme()),
                learner(*programme(FundModel="99", fams="")),
                learner(*programme(FundModel="81", LearnStartDate="2017-04-30")),
                *(
                    learner(*programme(FundModel="35", fams=f"SOF105 {fam}"))
                    for fam in ("RES1", "LDM353", "LDM355")
                ),
                # A component, and a programme of another kind.
                learner(*programme({"AimType": "3"}, FundModel="35")),
                learner(*programme(ProgType="24", FundModel="25", StdCode=None)),
                *no_apprentices,
            ],
            [learner(*programme(FundModel="81", LearnStartDate="2017-05-01")), *apprentices],
            year=year,
        )
        for year, apprentices, no_apprentices in ((2019, _ON_FRAMEWORK, []), (2025, [], _ON_FRAMEWORK))
    ),
    Case(
        "FundModel_11",
        [learner(*programme(_T_LEVEL, FundModel="25", ProgType="31", StdCode=None))],
        [learner(*programme(_T_LEVEL, FundModel="82", ProgType="31", StdCode=None))],
    ),
    Case("FundModel_14", [learner(*programme(OTJActHours="300"))], [one(OTJActHours="300")]),
    Case(
        "FundModel_16",
        [learner(*programme(**_BOOTCAMP, StdCode=None))],
        [one("SOF105", FundModel="37"), learner(*programme(**_BOOTCAMP | {"ProgType": "24"}, StdCode=None))],
    ),
    Case(
        "LearnStartDate_21",
        [learner(*programme(**_BOOTCAMP | {"LearnStartDate": "2022-08-01"}, StdCode=None))],
        [learner(*programme(**_BOOTCAMP | {"LearnStartDate": "2022-07-31"}, StdCode=None))],
        year=2022,
    ),
    Case(
        "FundModel_17",
        [one(FundModel="35", LearnStartDate="2024-07-31"), one("SOF110 FFI1 RES1", FundModel="35")],
        [one(FundModel="35", LearnStartDate="2024-08-01")],
    ),
    Case(
        "FundModel_19",
        [one(LearnStartDate="2024-08-01")],
        [one(LearnStartDate="2024-07-31")],
    ),
    Case(
        "FundModel_20",
        [one(FundModel="11", LearnStartDate="2024-08-01")],
        [one(FundModel="11", LearnStartDate="2024-07-31")],
    ),
    Case(
        "FundModel_21",
        [
            one("SOF110 FFI1 RES1", LearnStartDate="2025-01-10", OrigLearnStartDate="2024-08-01"),
            one("SOF110 FFI1 RES1", LearnStartDate="2024-07-31", OrigLearnStartDate="2023-08-01"),
        ],
        [
            one("SOF110 FFI1 RES1", LearnStartDate="2025-01-10", OrigLearnStartDate="2024-07-31"),
            one("SOF110 FFI1 RES1", LearnStartDate="2024-08-01", OrigLearnStartDate="2024-07-31"),
        ],
    ),
]
