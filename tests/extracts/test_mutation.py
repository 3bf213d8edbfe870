"""Every row rule of every format is made wrong in each way; the rule tests' own cases must notice."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest

from pipelines.extracts import (
    apprenticeship_service,
    common_transfer_file,
    community_learning,
    early_years_census,
    ilr,
    school_census,
    student_record,
)
from pipelines.extracts.contract import Contract
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.rules import Rule
from pipelines.years import AcademicYear
from tests.extracts import (
    test_apprenticeship_service,
    test_common_transfer_file,
    test_community_learning,
    test_early_years_census,
    test_ilr_business_rules,
    test_ilr_rules,
    test_school_census_rules,
    test_student_record_rules,
)
from tests.extracts.ilr_cases import Case, message
from tests.extracts.month_first import in_rows
from tests.extracts.mutants import SWITCHED_OFF, Trial, Whole, mutants, of_rows


def _row_cases() -> Iterator[tuple[ModuleType, str, str, list[dict], list[dict]]]:
    """Yield format, table, rule, rows that pass and rows that break it."""
    for module, cases in (
        (school_census, test_school_census_rules.CASES),
        (early_years_census, test_early_years_census.CASES),
        (ilr, test_ilr_rules.CASES),
    ):
        yield from ((module, table, rule, [good], [bad]) for table, rule, good, bad in cases)
    for module, (table,), cases in (
        (community_learning, community_learning.CONTRACTS, test_community_learning.CASES),
        (apprenticeship_service, apprenticeship_service.CONTRACTS, test_apprenticeship_service.CASES),
        (common_transfer_file, common_transfer_file.CONTRACTS, test_common_transfer_file.CASES),
    ):
        yield from ((module, table, rule, in_rows(good), in_rows(bad)) for rule, good, bad in cases)
    for table, rule, good, bad in test_student_record_rules.CASES:
        yield student_record, table, rule, good, bad


def _whole(case: Case, folder) -> Iterator[tuple[Rule, Whole]]:
    """Yield the rule of a case of the ILR and the return that tries it."""
    text, starts = message(*case.good, *case.bad, **case.header)
    file = folder / "ilr.xml"
    file.write_text(text, encoding="utf-8")
    (batch,) = ilr.read((file,))
    contracts = {name: c.in_force(AcademicYear(case.year)) for name, c in ilr.CONTRACTS.items()}

    def groups(line: int) -> tuple[int, bool]:
        learner = bisect(starts, line) - 1
        return learner, learner >= len(case.good)

    for contract in contracts.values():
        for rule in contract.rules:
            if rule.id == case.rule:
                yield rule, Whole(contracts, batch, contract.table, groups)


@pytest.fixture(scope="module")
def wholes(tmp_path_factory) -> dict[int, list[Whole]]:
    """Business rule of the ILR, by its identity → the returns that try it."""
    found = defaultdict(list)
    folder = tmp_path_factory.mktemp("cases")
    for case in test_ilr_business_rules.CASES:
        for rule, whole in _whole(case, folder):
            found[id(rule)].append(whole)
    return found


@pytest.fixture(scope="module")
def trials(wholes) -> dict[int, list[Trial]]:
    """Rule, by its identity → its trials."""
    found = defaultdict(list, {rule: [whole.trial() for whole in those] for rule, those in wholes.items()})
    for module, table, name, good, bad in _row_cases():
        contract = module.CONTRACTS[table]
        for rule in contract.rules:
            if rule.id == name:
                found[id(rule)].append(of_rows(contract, good, bad))
    return found


def _rules() -> Iterator[tuple[Contract, Rule]]:
    for module in FORMATS:
        for contract in module.CONTRACTS.values():
            yield from ((contract, rule) for rule in contract.rules)


def test_a_rule_as_it_is_passes_all_its_trials(trials):
    assert not [rule.id for _, rule in _rules() for trial in trials[id(rule)] if trial.notices(rule.holds)]


def test_a_rule_that_is_switched_off_is_noticed(trials):
    unnoticed = [
        rule.id for _, rule in _rules() if not any(t.notices(SWITCHED_OFF) for t in trials[id(rule)])
    ]
    # An element that no schema knows is tried by a reader's test.
    assert unnoticed == ["Schema"]


def test_a_rule_with_another_comparison_is_noticed(trials):
    survivors = {
        (rule.id, change)
        for _, rule in _rules()
        for change, holds in mutants(rule.holds)
        if not any(trial.notices(holds) for trial in trials[id(rule)])
    }
    assert survivors == set()


def _other_facts(contract: Contract, rule: Rule) -> Iterator[tuple[str, tuple]]:
    """Yield the ways in which what a rule is told of other tables can be wrong."""
    told = {*rule.holds.meta.root_names()}
    for place, gathered in enumerate(contract.gathers):
        for name in told & gathered.columns.keys():
            for change, made in mutants(gathered.columns[name]):
                columns = {**gathered.columns, name: made}
                yield (
                    f"{name}: {change}",
                    (
                        *contract.gathers[:place],
                        replace(gathered, columns=columns),
                        *contract.gathers[place + 1 :],
                    ),
                )


@pytest.mark.slow
def test_a_rule_that_is_told_otherwise_is_noticed(wholes):
    survivors = {
        (rule.id, change)
        for contract, rule in _rules()
        for change, gathers in _other_facts(contract, rule)
        if not any(whole.trial(gathers).notices(rule.holds) for whole in wholes[id(rule)])
    }
    assert survivors == set()
