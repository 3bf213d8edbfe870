"""A whole synthetic city whose providers get identities wrong: what stays certain all the same."""

from collections import Counter
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from pipelines.extracts.formats import FORMATS
from pipelines.extracts.returns import State
from pipelines.synthetic import SyntheticCity, write_city
from tests.test_synthetic import REFERENCE, findings, take_in

ALLOWED = {
    *("ULN_02", "ULN_03", "ULN_04", "ULN_06", "ULN_07", "ULN_09", "ULN_10", "ULN_11", "ULN_12", "R_59"),
    *("uln_checksum", "upn_repeated", "Student.ULN.checksum"),
    *("dob_missing", "date_of_birth_missing", "dateofbirth_missing", "Student.BIRTHDTE.required"),
    *("dateofbirth_age", "dob_age", "Student.BIRTHDTE.young"),
    *("sex_missing", "postcode_missing"),
}
"""Rules that may find something in a city whose identities are not clean; and DfE's on dates of birth."""


def digests(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_harsh_city_written_twice_has_equal_bytes(tmp_path: Path) -> None:
    city = SyntheticCity(seed=5, people=1_000, years=1, identities="harsh")
    for name in ("one", "two"):
        write_city(city, tmp_path / name, REFERENCE)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert 'identities = "harsh"' in (tmp_path / "one" / "raw" / "synthetic.toml").read_text()


@pytest.mark.parametrize("name", ["realistic", "harsh"])
def test_no_row_is_set_aside_for_what_is_written_of_a_person(name: str, tmp_path: Path) -> None:
    city = SyntheticCity(seed=4, people=6_000, years=2, faults=0, identities=name)
    truth = write_city(city, tmp_path, REFERENCE)
    receipts = take_in(tmp_path, range(2022, 2024))
    assert {r.state for r in receipts} == {State.ACCEPTED, State.SUPERSEDED}
    assert {r.collection for r in receipts} == {m.COLLECTION for m in FORMATS} - {"common_transfer_file"}
    assert not sum((Counter(r.quarantined) for r in receipts), Counter())
    rules = set(findings(receipts))
    assert {rule for rule in rules if not rule.startswith("DateOfBirth_")} <= ALLOWED
    assert rules
    assert truth.enrolments["planted"].null_count() == truth.enrolments.height


def test_each_record_can_be_joined_to_its_person(tmp_path: Path) -> None:
    city = SyntheticCity(seed=4, people=6_000, years=1, faults=0, identities="harsh")
    truth = write_city(city, tmp_path, REFERENCE)
    sent = truth.enrolments.with_columns(pl.col("provider_id", "academic_year", "collection").cast(pl.String))
    number = {
        (provider, ref): (person, uln)
        for provider, ref, person, uln in sent.filter(pl.col("collection") == "ilr")
        .select("provider_id", "local_ref", "person", "uln_sent")
        .iter_rows()
    }
    true = dict(truth.people.select("person", "uln").iter_rows())
    learners, wrong = 0, 0
    for file in (tmp_path / "raw").glob("*/*/ILR-*"):
        for learner in etree.parse(str(file)).iterfind("{*}Learner"):
            person, uln = number[file.parent.name, learner.findtext("{*}LearnRefNumber")]
            assert uln in (None, learner.findtext("{*}ULN"))
            learners, wrong = learners + 1, wrong + (uln not in (None, true[person]))
    assert learners > 300
    assert wrong
    employers = sent.filter(pl.col("collection") == "apprenticeship_service")
    keys = set(employers.select("provider_id", "local_ref").iter_rows())
    for file in (tmp_path / "raw").glob("*/*/apprenticeships_*.csv"):
        for uln in pl.read_csv(file, infer_schema=False)["ULN"].drop_nulls():
            assert (file.parent.name, uln) in keys
    assert (employers["local_ref"] == employers["uln_sent"]).all()
    for term in ("2022_autumn", "2023_spring", "2023_summer"):
        file = tmp_path / "raw" / "2022-23" / "352" / f"{term}_pupilonroll.csv"
        table = pl.read_csv(file, infer_schema=False).select(local_ref="pupilonrolltableid", upn="upn")
        pupils = truth.pupils.filter(pl.col("term") == term[5:], pl.col("on_roll"))
        joined = table.join(pupils, on="local_ref", validate="1:1").join(truth.people, on="person")
        assert joined.height == table.height == pupils.height
        assert 0.9 < (joined["upn"] == joined["upn_right"]).mean() < 1
