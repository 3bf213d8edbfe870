"""What every rule of every format must say, and when it applies."""

import re

import polars as pl
import pytest

from pipelines.extracts import judging, reception
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule, Rule, Severity, Unique
from pipelines.years import AcademicYear

ROW_RULES = [
    pytest.param(module, rule, id=f"{module.COLLECTION}.{table}.{rule.id}")
    for module in FORMATS
    for table, contract in module.CONTRACTS.items()
    for rule in (*contract.rules, *contract.unique)
]
FILE_RULES = {
    rule.id: rule
    for rules in (*(m.FILE_RULES for m in FORMATS), judging.PLACE_RULES, reception.RULES)
    for rule in rules
}


@pytest.mark.parametrize(
    ("first", "last", "in_force"),
    [
        (None, None, {2020, 2021, 2022, 2023}),
        (2021, None, {2021, 2022, 2023}),
        (None, 2022, {2020, 2021, 2022}),
        (2021, 2022, {2021, 2022}),
    ],
)
def test_a_rule_applies_from_its_first_year_to_its_last(first, last, in_force):
    row = Rule("r", "f", pl.lit(True), "m", first_year=first, last_year=last)
    cross_row = Unique("u", "f", ("f",), "m", first_year=first, last_year=last)
    for rule in (row, cross_row):
        assert {y for y in range(2020, 2024) if rule.in_force(AcademicYear(y))} == in_force


@pytest.mark.parametrize(("module", "rule"), ROW_RULES)
def test_a_row_rule_speaks_plainly(module, rule):
    """A message is a sentence that says more than a code, and there is something to do about it."""
    assert len(rule.message.split()) >= 4, rule.message
    assert rule.message.endswith(".")
    assert rule.message[0].isupper() or rule.message.startswith(rule.field)
    assert rule.how_to_fix.endswith(".")
    assert rule.severity in (Severity.QUARANTINE, Severity.WARN)


def test_a_finding_names_a_row_by_nothing_that_names_a_person():
    """What names a row goes into findings and reports; names and numbers of people must not."""
    kept = {"family_name", "given_names", "former_family_name", "uln", "upn"}
    named = {}
    for module in FORMATS:
        for contract in module.CONTRACTS.values():
            fields = {
                field
                for column in kept & set(contract.keep)
                for field in contract.keep[column].meta.root_names()
            }
            named[f"{module.COLLECTION}.{contract.table}"] = fields
            assert not fields & set(contract.record), contract.table
    assert sum(len(fields) > 1 for fields in named.values()) == 8


@pytest.mark.parametrize("rule", FILE_RULES.values(), ids=FILE_RULES)
def test_a_file_rule_speaks_plainly(rule):
    assert rule.message.endswith(".")
    assert rule.fix.endswith(".")
    assert len(rule.fix.split()) >= 3
    assert rule.severity is Severity.REFUSE


def test_no_two_file_rules_of_a_format_share_an_id():
    for module in FORMATS:
        ids = [rule.id for rule in module.FILE_RULES]
        assert len(ids) == len(set(ids))


def test_a_refusal_says_what_its_rule_leaves_open():
    rule = FileRule("column_missing", "The first row lacks {columns}.", "Add it.")
    refused = Refused(rule, 7, columns="sex, postcode")
    assert refused.message == "The first row lacks sex, postcode. (line 7)"


def test_every_refusal_in_the_code_names_a_declared_rule():
    """A refusal that is no constant of `FILE_RULES` would be missing from the documentation."""
    declared = set(FILE_RULES)
    for module in (*FORMATS, judging, reception):
        for name, value in vars(module).items():
            if isinstance(value, FileRule) and re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
                assert value.id in declared, f"{module.__name__}.{name}"
