"""Cases of prior attainment, and of difficulties, disabilities and health."""

from tests.extracts.ilr_cases import Case, aim, learner, one

_COMMUNITY = {"FundModel": "10", "LearnStartDate": "2023-09-04"}
_YOUNG = {"DateOfBirth": "2001-01-01"}
_OLD_SHAPE = {"year": 2020}
_OLD = {"LearnStartDate": "2020-09-02", "LearnPlanEndDate": "2021-07-01", "FundModel": "35"}
_YES = {"LLDDHealthProb": "1"}

PRIOR = [
    # 11 to 13 are levels of the old numbering, 6 and 8 of the new one.
    Case(
        "PriorAttain_03",
        [learner(aim(**_OLD), prior="", PriorAttain="13"), learner(aim(**_OLD), prior="", PriorAttain="9")],
        [learner(aim(**_OLD), prior="", PriorAttain="8"), learner(aim(**_OLD), prior="", PriorAttain="6")],
        **_OLD_SHAPE,
    ),
    Case(
        "PriorAttain_03",
        [learner(prior="10@2020-06-30"), learner(prior="99@2020-06-30")],
        [learner(prior="11@2020-06-30"), learner(prior="2@2019-06-30 13@2020-06-30")],
    ),
    Case(
        "PriorAttain_01",
        [
            learner(aim(**_OLD), prior="", PriorAttain="2"),
            learner(aim(**_OLD | {"FundModel": "10"}), prior=""),
        ],
        [learner(aim(**_OLD), prior="")],
        **_OLD_SHAPE,
    ),
    Case(
        "PriorAttain_01",
        [learner(), *(learner(aim(FundModel=model), prior="") for model in ("10", "11", "25", "82", "99"))],
        [learner(prior=""), learner(aim(FundModel="11"), aim(AimSeqNumber="2"), prior="")],
        year=2021,
    ),
    Case(
        "PriorAttain_09",
        [learner(prior="2@2020-06-30 3@2025-10-06")],
        [learner(prior="2@2020-06-30 3@2025-10-07")],
    ),
    Case(
        "PriorAttain_10",
        [learner(prior="2@2020-06-30 3@2021-06-30")],
        [learner(prior="2@2020-06-30 3@2020-06-30")],
    ),
    Case(
        "R_131",
        [
            learner(prior="2@2024-09-02"),
            learner(aim(FundModel="11"), prior="2@2024-09-03"),
            learner(prior="2@2024-09-02 3@2025-01-01"),
        ],
        [learner(prior="2@2024-09-03")],
    ),
]
DISABILITY = [
    Case(
        "LLDDHealthProb_04",
        [learner(lldd="4*"), learner(), learner(lldd="98*", LLDDHealthProb="9")],
        [learner(lldd="4*", LLDDHealthProb="2")],
    ),
    # Twenty-five at the earliest of two starts, 2 September 2024.
    Case(
        "LLDDHealthProb_06",
        [
            learner(lldd="4*", **_YOUNG),
            one(of=_YES | {"DateOfBirth": "1999-09-02"}),
            one(of=_YES | _YOUNG, FundModel="10"),
            one("SOF108", of=_YES | _YOUNG, FundModel="99"),
        ],
        [
            one(of=_YES | {"DateOfBirth": "1999-09-03"}),
            one(of=_YES | _YOUNG, FundModel="11"),
            learner(aim(FundModel="10"), aim(AimSeqNumber="2"), **_YES, **_YOUNG),
        ],
    ),
    Case(
        "LLDDHealthProb_07",
        [
            one(of=_YES | _YOUNG | {"PlanLearnHours": "10"}, **_COMMUNITY),
            one(of=_YES | {"DateOfBirth": "1990-01-01", "PlanLearnHours": "11"}, **_COMMUNITY),
            one("ADL1", of=_YES | _YOUNG | {"PlanLearnHours": "11"}, FundModel="99"),
            learner(aim(**_COMMUNITY), lldd="4*", PlanLearnHours="11", **_YOUNG),
            # Twenty-five on 4 September 2023.
            one(of=_YES | {"DateOfBirth": "1998-09-04", "PlanLearnHours": "11"}, **_COMMUNITY),
        ],
        [
            one(of=_YES | _YOUNG | {"PlanLearnHours": "11"}, **_COMMUNITY),
            one("SOF108", of=_YES | _YOUNG | {"PlanLearnHours": "11"}, FundModel="99"),
            one(of=_YES | {"DateOfBirth": "1998-09-05", "PlanLearnHours": "11"}, **_COMMUNITY),
        ],
    ),
    Case(
        "LLDDCat_01", [learner(lldd="17*"), learner(lldd="93*")], [learner(lldd="18*"), learner(lldd="92*")]
    ),
    Case(
        "LLDDCat_02",
        [
            learner(lldd="14*"),
            learner(aim(LearnStartDate="2015-07-31"), lldd="2*"),
            learner(
                aim(LearnStartDate="2025-07-31"),
                aim(AimSeqNumber="2", LearnStartDate="2025-09-01"),
                lldd="15*",
            ),
        ],
        [learner(lldd="2*"), learner(aim(LearnStartDate="2025-08-01"), lldd="14* 15")],
        year=2025,
    ),
    Case(
        "PrimaryLLDD_01",
        [learner(lldd="4* 5"), learner(), learner(aim(LearnStartDate="2015-07-31"), lldd="4 5")],
        [learner(lldd="4 5"), learner(aim(LearnStartDate="2015-08-01"), lldd="4 5")],
    ),
    Case(
        "PrimaryLLDD_02",
        [learner(lldd="4*")],
        [learner(LLDDHealthProb="1", LLDDandHealthProblem=[{"LLDDCat": "4", "PrimaryLLDD": "2"}])],
    ),
    Case("PrimaryLLDD_03", [learner(lldd="4* 5")], [learner(lldd="4* 5*")]),
    Case("PrimaryLLDD_04", [learner(lldd="4*"), learner(lldd="4 5*")], [learner(lldd="4")]),
    Case("R_45", [learner(lldd="4* 5")], [learner(lldd="4* 5 4")]),
]
CASES = [*PRIOR, *DISABILITY]
