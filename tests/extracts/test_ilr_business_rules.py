"""Every business rule of the ILR, on whole files: learners who pass it, and learners who break it."""

from bisect import bisect

import pytest

from pipelines.extracts import ilr
from pipelines.extracts.ilr import CONTRACTS
from tests.extracts.ilr_cases import (
    Case,
    attainment,
    completion,
    dates,
    funding,
    learner,
    message,
    people,
    programme,
    programmes,
)
from tests.extracts.shared_rules import of_names

OF_NAMES = of_names("FamilyName", "GivenNames")
CASES = [*people.CASES, *attainment.CASES, *programmes.CASES, *funding.CASES, *dates.CASES, *completion.CASES]

# Rules that do not hold for every year: the first one, and why.
SINCE = {
    # Prior attainment became a dated record in 2021/22.
    "R_131": 2021,
    # Skills Bootcamps had no funding model before 2022/23.
    "LearnStartDate_21": 2022,
    # The Adult Skills Fund and Tailored Learning replaced two models in 2024/25.
    **dict.fromkeys(("FundModel_17", "FundModel_19", "FundModel_20", "FundModel_21", "LSDPostcode_05"), 2024),
    # New in the list of 2025/26.
    "Outcome_12": 2025,
}
# Rules that hold for every year, in other words from the year given on.
CHANGED = {
    "PriorAttain_01": [2021],
    "PriorAttain_03": [2021],
    "ProgType_03": [2020, 2022],
    "FundModel_01": [2022, 2024],
    # A framework is no apprenticeship in DfE's derived data DD07 of 2025/26.
    "FundModel_04": [2025],
    "FundModel_06": [2025],
    "FundModel_07": [2025],
    "LearnStartDate_12": [2025],
}


@pytest.fixture
def judged(tmp_path, findings):
    """Judge learners as one file; return for each, in order, the rules that he or she breaks."""

    def judge(*learners: dict, **header: str) -> list[set[str]]:
        file = tmp_path / "ilr.xml"
        text, starts = message(*learners, **header)
        file.write_text(text, encoding="utf-8")
        broken: list[set[str]] = [set() for _ in learners]
        for line, rule in findings(ilr, file).select("line", "rule").iter_rows():
            broken[bisect(starts, line) - 1].add(rule)
        return broken

    return judge


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.year}")
def test_a_rule_names_those_who_break_it_and_nobody_else(judged, case):
    broken = judged(*case.good, *case.bad, **case.header)
    assert [case.rule in rules for rules in broken] == [False] * len(case.good) + [True] * len(case.bad)


@pytest.mark.parametrize("year", [2024, 2025])
def test_who_breaks_no_rule_has_no_finding(judged, year):
    header = Case("", [], [], year).header
    assert judged(learner(), learner(*programme(), ULN="1061484016"), **header) == [set(), set()]


def test_every_business_rule_has_a_case_that_breaks_it():
    declared = {r.id for c in CONTRACTS.values() for r in (*c.rules, *c.unique) if not r.id.startswith("FD_")}
    of_fields = {"Schema", *(rule for rule, *_ in OF_NAMES)}
    assert declared == {case.rule for case in CASES if case.bad and case.good} | of_fields
    assert len(declared) >= 60


def test_a_rule_holds_from_the_year_its_source_says():
    held: dict[str, list[tuple[int | None, int | None]]] = {}
    for contract in CONTRACTS.values():
        for rule in (*contract.rules, *contract.unique):
            held.setdefault(rule.id, []).append((rule.first_year, rule.last_year))
    dated = {
        rule: sorted(years, key=lambda y: y[0] or 0)
        for rule, years in held.items()
        if {*years} != {(None, None)}
    }
    expected = {rule: [(year, None)] for rule, year in SINCE.items()}
    for rule, starts in CHANGED.items():
        expected[rule] = list(zip([None, *starts], [*(year - 1 for year in starts), None], strict=True))
    assert dated == expected


@pytest.mark.parametrize("rule", CHANGED)
def test_a_rule_that_changed_has_cases_from_each_of_its_times(rule):
    starts = [2017, *CHANGED[rule]]
    assert {bisect(starts, case.year) for case in CASES if case.rule == rule and case.bad} >= {
        len(starts) - 1,
        len(starts),
    }
