"""What is known to be wrong in the published files is found there: each rule, each record, no more, no less.

What is known: the table of the files beside the project's brief (shared/formats.md, section 8). Its numbers
stand here as it has them; which records they are is read off the files with nothing of the readers.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from lxml import etree

from pipelines.extracts import ilr, school_census
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear
from tests.extracts.test_ilr_published_files import PATTERN_FAULTS, RANGE_FAULTS

NO_NUMBER = "9999999999"
SAMPLE = "ILR-99999999-2526-20250108-094401.xml"
VOLUME = "ILR-10033670-1819-20180704-120055-03.xml"
TOOLS = "IFCT_SampleValid_2021tools.xml"
SMALL = ("ILR-10033670-1819-20181206-093952-03.xml", "ILR-10033670-1819-20190617-102124-03.xml")
RANGE = "BROKEN_field_range_ILR-10033670-1819-20181030-161401-03.xml"
PATTERN = "BROKEN_field_pattern_ILR-10033670-1819-20181029-154541-03.xml"
Element = etree._Element
Aim = tuple[str, Element]
"""What names an aim, and its element."""


@pytest.fixture
def opened(shared_extracts) -> Callable[[str], Element]:
    """Parse a published ILR file; return its root."""
    return lambda name: etree.parse(shared_extracts / "ilr" / name).getroot()


@pytest.fixture
def found(shared_extracts, findings) -> Callable[[str], dict[str, Counter]]:
    """Read a published ILR file; return rule → how often each record broke it."""

    def read(name: str) -> dict[str, Counter]:
        rules: dict[str, Counter] = {}
        for rule, record in (
            findings(ilr, shared_extracts / "ilr" / name).select("rule", "record").iter_rows()
        ):
            rules.setdefault(rule, Counter())[record] += 1
        return rules

    return read


def text(element: Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


def numbers(root: Element) -> list[tuple[str, str]]:
    """Return reference and ULN of each learner."""
    return [(text(e, "LearnRefNumber"), text(e, "ULN")) for e in root.findall("{*}Learner")]


def aims(root: Element) -> Iterator[Aim]:
    for learner in root.findall("{*}Learner"):
        for aim in learner.findall("{*}LearningDelivery"):
            yield f"{text(learner, 'LearnRefNumber')} / {text(aim, 'AimSeqNumber')}", aim


def repeats(pairs: list[tuple[str, str]]) -> Counter:
    """Return who has a number that an earlier one of a list has."""
    return Counter(who for at, (who, what) in enumerate(pairs) if what in {w for _, w in pairs[:at]})


def checksum_fails(uln: str) -> bool:
    # The published check: digits weighted 10 to 1 leave 10 when divided by 11.
    return sum(int(d) * w for d, w in zip(uln, range(10, 0, -1), strict=True)) % 11 != 10


def ends_after_preparation(root: Element) -> Counter:
    prepared = date.fromisoformat(root.findtext(".//{*}FilePreparationDate"))
    ended = [(name, text(aim, "LearnActEndDate")) for name, aim in aims(root)]
    return Counter(name for name, day in ended if day and date.fromisoformat(day) > prepared)


def size(root: Element) -> tuple[int, int]:
    return len(root.findall("{*}Learner")), len(list(aims(root)))


def schema_errors(root: Element, schema: Path) -> list[int]:
    """Return the lines of what a published schema does not allow."""
    published = etree.XMLSchema(file=str(schema))
    published.validate(root)
    return [error.line for error in published.error_log]


def test_the_departments_sample(opened, found, shared_extracts):
    """19/35: 6 dummies, 1 bad checksum, 1 ULN twice, 1 learner with an AimSeqNumber twice, 4 + 4 dates."""
    root, rules = opened(SAMPLE), found(SAMPLE)
    assert size(root) == (19, 35)
    assert schema_errors(root, shared_extracts / "ilr" / "schemafile25_ILR-2025-26.xsd") == []
    assert "Schema" not in rules
    with pytest.raises(Refused, match="Filename_1"):
        ilr.identify((shared_extracts / "ilr" / SAMPLE,))
    ulns = numbers(root)
    dummies = {who for who, uln in ulns if uln == NO_NUMBER}
    real = [(who, uln) for who, uln in ulns if uln != NO_NUMBER]
    assert len(dummies) == 6
    # A dummy is no finding: it says that there is no number yet.
    assert not dummies & {who for rule in ("ULN_04", "R_59", "FD_ULN_AR") for who in rules.get(rule, ())}
    wrong = Counter(who for who, uln in real if checksum_fails(uln))
    assert rules["ULN_04"] == wrong and wrong.total() == 1
    assert rules["R_59"] == repeats(real) and repeats(real).total() == 1
    twice = repeats([(name, name) for name, _ in aims(root)])
    assert rules["R_07"] == twice and twice.total() == 1
    backwards = Counter(n for n, a in aims(root) if text(a, "LearnPlanEndDate") < text(a, "LearnStartDate"))
    assert rules["LearnPlanEndDate_02"] == backwards and backwards.total() == 4
    late = ends_after_preparation(root)
    assert rules["LearnActEndDate_04"] == late and late.total() == 4


def test_the_file_of_669_learners(opened, found, findings, shared_extracts):
    """669/885: all demographic codes, accents, 1 XSD error, 20 dummies, ZZ99 9ZZ postcodes."""
    root, rules = opened(VOLUME), found(VOLUME)
    assert size(root) == (669, 885)
    assert ilr.identify((shared_extracts / "ilr" / VOLUME,)).serial == "03"
    (line,) = schema_errors(root, shared_extracts / "ilr" / "ILR-2018-19-v3.xsd")
    # One error of the schema is two findings of ours: it stops at the type that stands twice in a monitoring
    # record, and the code of that second type stands twice as well.
    frame = findings(ilr, shared_extracts / "ilr" / VOLUME)
    schema = frame.filter(frame["rule"] == "Schema")
    assert schema["line"].to_list() == [line, line + 1]
    assert rules["Schema"] == {
        "LearningDeliveryFAM / LearnDelFAMType": 1,
        "LearningDeliveryFAM / LearnDelFAMCode": 1,
    }
    dummies = {who for who, uln in numbers(root) if uln == NO_NUMBER}
    assert len(dummies) == 20
    assert not {"ULN_04", "R_59"} & set(rules)
    learners = root.findall("{*}Learner")
    ethnicities = {*map(str, range(31, 48)), "98", "99"}
    assert {text(learner, "Ethnicity") for learner in learners} == ethnicities
    assert any(not text(learner, "FamilyName").isascii() for learner in learners)
    assert sum(text(learner, "Postcode") == "ZZ99 9ZZ" for learner in learners) == 669
    assert not {"Postcode_15", "PostcodePrior_02", "Ethnicity_01", "FD_FamilyName_AP"} & set(rules)


def test_the_small_files(opened, found):
    """17 to 33 learners; the last, of 2019/20, has one continuing aim with an actual end date."""
    roots = [opened(name) for name in SMALL]
    assert [size(root)[0] for root in roots] == [17, 33]
    assert etree.QName(roots[1]).namespace.endswith("2019-20")
    ended = Counter(
        name
        for name, aim in aims(roots[1])
        if text(aim, "CompStatus") == "1" and text(aim, "LearnActEndDate")
    )
    assert found(SMALL[1])["CompStatus_02"] == ended == {"0Compsts02 / 1": 1}
    # Not in the table: a number that two learners of the first share, and four aims of the last, whose
    # learners are named after the rule, of a type that no list of codes has.
    assert found(SMALL[0])["R_59"] == repeats(numbers(roots[0])) and repeats(numbers(roots[0])).total() == 1
    typed = Counter(n for n, aim in aims(roots[1]) if text(aim, "AimType") not in ("1", "3", "4", "5"))
    assert found(SMALL[1])["AimType_01"] == typed and typed.total() == 4


def test_the_tools_sample(opened, found):
    """30/90 of 2019/20: all ULNs three times; 84 actual ends after the preparation date."""
    root, rules = opened(TOOLS), found(TOOLS)
    assert size(root) == (30, 90)
    ulns = numbers(root)
    assert set(Counter(uln for _, uln in ulns).values()) == {3}
    # The first of three stands.
    assert rules["R_59"] == repeats(ulns) and repeats(ulns).total() == 20
    late = ends_after_preparation(root)
    assert rules["LearnActEndDate_04"] == late and late.total() == 84


def test_the_minimal_files(opened, found, findings, shared_extracts):
    """A good one, in which nothing is found, and one with a tag in the wrong case."""
    assert size(opened("ILR_Valid.xml")) == size(opened("ILR_InValid.xml")) == (1, 1)
    assert found("ILR_Valid.xml") == {}
    rules = found("ILR_InValid.xml")
    (line,) = schema_errors(opened("ILR_InValid.xml"), shared_extracts / "ilr" / "ILR-2018-19-v3.xsd")
    frame = findings(ilr, shared_extracts / "ilr" / "ILR_InValid.xml")
    assert frame.filter(frame["rule"] == "Schema")["line"].to_list() == [line]
    assert rules["Schema"] == {"Learner / FamilyNamE": 1}


# DfE's names for what a value's pattern breaks where they are not FD_<field>_AP.
OWN_RULES = {
    "Sex": "Sex_01",
    "PostcodePrior": "PostcodePrior_02",
    "Postcode": "Postcode_15",
    "DelLocPostCode": "DelLocPostCode_11",
    "ProvSpecLearnMon": "FD_ProvSpecLearnMon_MA",
}


@pytest.mark.parametrize(
    ("name", "faults", "kind", "learners"),
    # The table says 10 learners of the first, which has 24.
    [(RANGE, RANGE_FAULTS, "AR", 24), (PATTERN, PATTERN_FAULTS, "AP", 42)],
    ids=["range", "pattern"],
)
def test_each_fault_of_the_broken_files_is_found_by_its_rule(opened, found, name, faults, kind, learners):
    assert size(opened(name))[0] == learners
    seen = {(rule, record.partition(" / ")[0]) for rule, records in found(name).items() for record in records}
    own = OWN_RULES if kind == "AP" else {}
    for learner, field in faults.items():
        assert (own.get(field, f"FD_{field}_{kind}"), learner) in seen, learner


# The school census


def table(folder: Path, module: str) -> list[dict[str, str]]:
    with (folder / f"2025_spring_{module}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_what_the_census_exports_are_known_for(shared_extracts, findings):
    """Half the enrolment statuses blank, free meals that end before they start; the rest is well formed."""
    folder = shared_extracts / "school_census"
    (files,) = school_census.group(sorted(folder.iterdir()))
    frame = findings(school_census, *files, year=AcademicYear(2023), part="spring")
    lines = {
        (name, rule): own["line"].sort().to_list()
        for (name, rule), own in frame.partition_by("table", "rule", as_dict=True).items()
    }
    on, meals = table(folder, "pupilonroll"), table(folder, "fsmperiod")
    blank = [line for line, row in enumerate(on, start=2) if not row["enrolstatus"]]
    assert 0.49 < len(blank) / len(on) < 0.51
    assert lines["pupilonroll", "enrolstatus_missing"] == blank

    def day(written: str) -> datetime:
        return datetime.strptime(written, "%Y-%b-%d %H:%M:%S")

    backwards = [
        line
        for line, row in enumerate(meals, start=2)
        if row["fsmstartdate"] and row["fsmenddate"] and day(row["fsmenddate"]) < day(row["fsmstartdate"])
    ]
    assert len(backwards) > 5_000
    assert lines["fsmperiod", "fsm_period_order"] == backwards
    gone = [row["pupilnolongeronrolltableid"] for row in table(folder, "pupilnolongeronroll")]
    assert len(set(gone)) < len(gone)
    assert not {rule for name, rule in lines if name == "pupilnolongeronroll" and "repeated" in rule}
    for column, rule in (("dob", "dob_missing"), ("sex", "sex_missing"), ("ncyearactual", "ncyear_missing")):
        missing = [line for line, row in enumerate(on, start=2) if not row[column]]
        assert lines.get(("pupilonroll", rule), []) == missing, rule
