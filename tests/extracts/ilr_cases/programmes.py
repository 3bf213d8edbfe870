"""Cases of aims and the programmes they belong to."""

from tests.extracts.ilr_cases import Case, Record, aim, learner, one, programme

_HEAD = {"AimType": "1", "LearnAimRef": "ZPROG001"}
_PART = {"AimType": "3"}
_CORE = {"AimType": "5", "FundModel": "25", "fams": "SOF107", "LSDPostcode": None}
_T = {"FundModel": "25", "ProgType": "31", "StdCode": None, "fams": "SOF107"}
_T_CORE = {"AimType": "5", "LearnAimRef": "61006101"}
_BOOTCAMP = {"FundModel": "37", "ProgType": "32", "StdCode": None, "ConRefNumber": "C1"}
_ENDED = {"CompStatus": "2", "Outcome": "1"}


def _core(**fields: str | None) -> Record:
    return aim(**_CORE | fields)


def _t_level(*parts: Record, **shared: str | None) -> Record:
    return learner(*programme(*parts, **_T | shared))


def _bootcamp(*parts: Record, **shared: str | None) -> Record:
    return learner(*programme(*parts, **_BOOTCAMP | shared))


def _two_standards(first: dict, second: dict) -> Record:
    """Return an apprentice of two standards, one after the other."""
    return learner(
        *programme(_HEAD | first, _PART | first),
        *(
            one | {"AimSeqNumber": str(n)}
            for n, one in enumerate(programme(_HEAD | second, _PART, StdCode="106"), 3)
        ),
    )


TYPES = [
    Case("AimType_01", [one(), learner(_core())], [one(AimType="2"), one(AimType="6")]),
    Case("AimType_05", [learner(_core()), learner(_core(FundModel="82"))], [learner(_core(FundModel="38"))]),
    Case(
        "AimType_07",
        [learner(_core()), learner(_core(fams="SOF105", LearnStartDate="2017-07-31"))],
        [learner(_core(fams="SOF105", LearnStartDate="2017-08-01"))],
        year=2018,
    ),
    Case(
        "AimType_08",
        [learner(_core(LearnAimRef="ZTPR0001", ProgType="30"))],
        [learner(_core(LearnAimRef="ZTPR0001", ProgType="30", AimType="3"))],
    ),
    Case(
        "LearnAimRef_30",
        [learner(*programme())],
        [learner(*programme(_HEAD | {"LearnAimRef": "60133533"}, _PART)), one(LearnAimRef="ZPROG001")],
    ),
    Case(
        "LearnAimRef_90",
        [_t_level(_HEAD, _T_CORE, _PART | {"LearnAimRef": "ZWRKX003"}), one(LearnAimRef="ZWRKX002")],
        [_t_level(_HEAD, _T_CORE, _PART | {"LearnAimRef": "ZWRKX002"})],
    ),
    # Which types are in the list of which year.
    Case("ProgType_03", [one(ProgType="24")], [one(ProgType="31"), one(ProgType="4")], year=2019),
    Case("ProgType_03", [one(ProgType="31"), one(ProgType="30")], [one(ProgType="32")], year=2020),
    Case("ProgType_03", [one(ProgType="32"), one(ProgType="33")], [one(ProgType="34")], year=2022),
    Case(
        "ProgType_01",
        [learner(*programme()), learner(_core()), one()],
        [learner(*programme(ProgType=None)), one(AimType="3")],
    ),
    Case("ProgType_02", [one(), learner(*programme())], [one(ProgType="25")]),
    Case(
        "ProgType_06",
        [learner(*programme()), learner(*programme(FundModel="81")), learner(*programme(FundModel="99"))],
        [learner(*programme(FundModel="35"))],
        year=2023,
    ),
    Case("ProgType_21", [_bootcamp()], [_bootcamp(FundModel="38")]),
    Case(
        "ProgType_15",
        [
            _t_level(_HEAD, _T_CORE, _PART | {"LearnAimRef": "ZWRKX003"}),
            one("SOF107 LDM384", LearnAimRef="ZWRKX003"),
            one("", LearnAimRef="ZWRKX003", FundModel="99"),
        ],
        [one(LearnAimRef="ZWRKX003"), one(LearnAimRef="ZWRKX003", ProgType="24")],
    ),
    Case(
        "ProgType_17",
        [
            _t_level(_HEAD, _T_CORE, _PART | {"LearnAimRef": "ZTLOS001"}),
            one("SOF107 LDM384", LearnAimRef="ZTLOS001"),
        ],
        [one(LearnAimRef="ZTLOS001"), one(LearnAimRef="ZTLOS001", ProgType="30")],
    ),
    Case(
        "ProgType_20",
        [learner(_core(LearnAimRef="ZTPR0001", ProgType="30"))],
        [learner(_core(LearnAimRef="ZTPR0001")), learner(_core(LearnAimRef="ZTPR0001", ProgType="31"))],
    ),
    Case("StdCode_01", [learner(*programme())], [learner(*programme(StdCode=None))]),
    Case(
        "StdCode_03",
        [learner(*programme()), _t_level()],
        [one(StdCode="105"), _t_level(StdCode="105")],
    ),
]
TOGETHER = [
    Case(
        "R_30",
        [
            learner(*programme()),
            learner(*programme(ProgType="3", StdCode=None, FworkCode="445", PwayCode="1")),
        ],
        [
            learner(*programme(_PART)),
            learner(*programme(_HEAD, _PART | {"StdCode": "106"})),
            learner(*programme(_HEAD, _PART | {"ProgType": "24", "StdCode": None})),
            learner(
                *programme(
                    _HEAD,
                    _PART | {"PwayCode": "2"},
                    ProgType="3",
                    StdCode=None,
                    FworkCode="445",
                    PwayCode="1",
                )
            ),
        ],
        year=2019,
    ),
    Case(
        "R_31",
        [
            learner(*programme()),
            _t_level(_HEAD, _T_CORE),
            learner(*programme(_HEAD | {"LearnActEndDate": "2025-07-01"} | _ENDED)),
        ],
        [learner(*programme(_HEAD)), learner(*programme(_HEAD, _PART | {"StdCode": "106"}))],
    ),
    Case(
        "R_56",
        [
            learner(*programme(FundModel="99")),
            learner(*programme(_HEAD | {"FundModel": "99", "LearnActEndDate": "2025-07-01"} | _ENDED, _PART)),
            learner(*programme(_HEAD | {"FundModel": "99"}, _PART | {"StdCode": "106"})),
        ],
        [learner(*programme(_HEAD | {"FundModel": "99"}, _PART))],
    ),
    Case(
        "R_66",
        [learner(*programme()), learner(*programme(_HEAD, _PART | {"FundModel": "99"}))],
        [
            learner(*programme(_HEAD | {"FundModel": "81"}, _PART)),
            learner(*programme(_HEAD | {"FundModel": "99"}, _PART)),
        ],
    ),
    Case(
        "R_125",
        [_t_level(_HEAD, _T_CORE), learner(_core())],
        [
            _t_level(_T_CORE),
            _t_level(_HEAD | {"FundModel": "99"}, _T_CORE),
            _t_level(_HEAD, _PART | {"ProgType": "30"}),
        ],
    ),
    Case(
        "R_126",
        [_t_level(_HEAD, _T_CORE), _t_level(_HEAD, _PART), learner(*programme(_HEAD))],
        [_t_level(_HEAD), _t_level(_HEAD, _T_CORE | {"FundModel": "99"})],
    ),
    Case(
        "R_135",
        [_bootcamp(), learner(*programme(_PART))],
        [_bootcamp(_PART), _bootcamp(_HEAD, _PART | {"ConRefNumber": "C2"})],
    ),
    Case(
        "R_136",
        [_bootcamp(), learner(*programme(_HEAD))],
        [_bootcamp(_HEAD), _bootcamp(_HEAD, _PART | {"ConRefNumber": "C2"})],
    ),
]
ONE_AT_A_TIME = [
    # The second standard begins on 1 March 2025.
    Case(
        "R_124",
        [
            _two_standards(
                {"LearnActEndDate": "2025-02-28", "CompStatus": "3", "Outcome": "3"},
                {"LearnStartDate": "2025-03-01"},
            ),
            # Achieved after learning ended: the programme lasts until then.
            _two_standards(
                {"LearnActEndDate": "2025-01-31", "AchDate": "2025-02-28"} | _ENDED,
                {"LearnStartDate": "2025-03-01"},
            ),
        ],
        [
            _two_standards(
                {"LearnActEndDate": "2025-03-01", "CompStatus": "3", "Outcome": "3"},
                {"LearnStartDate": "2025-03-01"},
            ),
            _two_standards(
                {"LearnActEndDate": "2025-01-31", "AchDate": "2025-03-01"} | _ENDED,
                {"LearnStartDate": "2025-03-01"},
            ),
            _two_standards({}, {"LearnStartDate": "2025-03-01"}),
            # The order in the file does not matter.
            _two_standards({"LearnStartDate": "2025-03-01"}, {}),
            # Nor does a short programme between the two.
            learner(
                *programme(
                    _HEAD,
                    _HEAD
                    | {"StdCode": "106", "LearnStartDate": "2024-10-01", "LearnActEndDate": "2024-10-02"},
                    _HEAD | {"StdCode": "107", "LearnStartDate": "2025-03-01"},
                )
            ),
        ],
    ),
    Case(
        "R_58",
        [
            learner(
                _core(LearnActEndDate="2025-02-28", **_ENDED),
                _core(AimSeqNumber="2", LearnStartDate="2025-03-01"),
            ),
            learner(_core(), aim(AimSeqNumber="2")),
        ],
        [
            learner(
                _core(LearnActEndDate="2025-03-01", **_ENDED),
                _core(AimSeqNumber="2", LearnStartDate="2025-03-01"),
            ),
            learner(_core(), _core(AimSeqNumber="2")),
        ],
    ),
    Case("R_07", [learner(aim(), aim(AimSeqNumber="2")), learner()], [learner(aim(), aim())]),
]
CASES = [*TYPES, *TOGETHER, *ONE_AT_A_TIME]
