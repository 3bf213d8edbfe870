"""Reading the ILR: identity, the shapes of real files, hostile and broken ones."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extracts import ilr, plain_xml
from pipelines.extracts.gathering import gather
from pipelines.extracts.returns import Refused
from pipelines.years import AcademicYear


def refusal(file: Path, **options: bool) -> Refused:
    with pytest.raises(Refused) as caught:
        ilr.identify((file,), **options)
    return caught.value


def tables(file: Path) -> dict[str, pl.DataFrame]:
    read: dict[str, list[pl.DataFrame]] = {}
    for batch in ilr.read((file,)):
        for name, frame in batch.items():
            read.setdefault(name, []).append(frame)
    return {name: pl.concat(frames) for name, frames in read.items()}


def kept(file: Path, table: str) -> pl.DataFrame:
    return gather(tables(file), ilr.CONTRACTS)[table].select(**ilr.CONTRACTS[table].keep)


# --- finding and identity ------------------------------------------------------------------------------


def test_every_xml_file_is_a_return_of_its_own():
    files = [Path("ILR-1.xml"), Path("other.XML"), Path("notes.txt")]
    assert ilr.group(files) == [(Path("ILR-1.xml"),), (Path("other.XML"),)]


def test_identity_comes_from_the_head(ilr_file):
    found = ilr.identify((ilr_file(date_time="2025-10-06T09:14:05.1234567+01:00"),))
    assert found.provider == "10000001"
    assert found.academic_year == AcademicYear(2024)
    assert found.prepared_at == datetime(2025, 10, 6, 9, 14, 5, 123456)
    assert found.serial == "01"


def test_without_a_time_the_preparation_date_stands(ilr_file):
    assert ilr.identify((ilr_file(date_time=""),)).prepared_at == datetime(2025, 10, 6)


@pytest.mark.parametrize(
    ("rule", "header"),
    [
        ("UKPRN_03", {"provider": "10000002"}),
        ("UKPRN_03", {"provider": ""}),
        ("header_ukprn", {"ukprn": "1000", "provider": "1000"}),
        ("header_time", {"date_time": "today", "prepared": "06/10/2025"}),
        ("header_year", {"year": "1617"}),
        ("header_year", {"year": "2627"}),
        ("header_year", {"year": "2426"}),
        ("header_year", {"year": "24"}),
    ],
)
def test_a_faulty_head_is_refused(ilr_file, rule, header):
    assert refusal(ilr_file(**header), check_name=False).rule.id == rule


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("Filename_1", "learners.xml"),
        ("Filename_1", "ILR-10000001-2425-20251006-091405.xml"),
        ("Filename_1", "ILR-10000001-2425-20251306-091405-01.xml"),
        ("Filename_6", "ILR-10000001-2425-20251006-091405-00.xml"),
        ("Header_3", "ILR-10000002-2425-20251006-091405-01.xml"),
        ("Filename_4", "ILR-10000001-2324-20251006-091405-01.xml"),
    ],
)
def test_a_name_at_odds_with_the_head_is_refused(ilr_file, rule, name):
    assert refusal(ilr_file(name=name)).rule.id == rule


def test_the_extension_may_be_in_capitals(ilr_file):
    assert ilr.identify((ilr_file(name="ILR-10000001-2425-20251006-091405-07.XML"),)).serial == "07"


@pytest.mark.parametrize("content", [b"<Census><Header/></Census>", b"<message/>"])
def test_another_root_is_no_ilr(ilr_file, content):
    assert refusal(ilr_file(content=content)).rule.id == "root_element"


# --- shapes that occur in the wild -----------------------------------------------------------------------


def test_marks_comments_and_mixed_namespaces_are_read(ilr_file, ilr_text):
    text = ilr_text()
    wild = text.replace("?>\n", "?>\n<!-- made by hand -->\n<?tool x?>\n", 1)
    wild = wild.replace("<Learner>", '<Learner xmlns="SFA/ILR/2017-18">').replace(
        "<ULN>", "<ULN><!-- new -->"
    )
    unbound = text.replace('xmlns="ESFA', 'xmlns:test="ESFA')
    for content in (wild, unbound, "\ufeff" + text):
        file = ilr_file(content=content.encode())
        assert ilr.identify((file,)).provider == "10000001"
        assert kept(file, "learner")["uln"].to_list() == ["9276308686"]
        assert len(tables(file)["learning_delivery"]) == 1


def test_other_encodings_that_say_so_are_read(ilr_file, ilr_text):
    for encoding in ("UTF-16", "ISO-8859-1", "windows-1252"):
        content = ilr_text().replace("UTF-8", encoding).encode(encoding)
        assert tables(ilr_file(content=content))["learner"]["FamilyName"].to_list() == ["Sméth"]


def test_accepted_columns_are_typed_and_hold_the_names(ilr_file, learner):
    aim = {"LearnActEndDate": "2025-99-99", "LSDPostcode": "M11AE", "LearningDeliveryFAM": []}
    aim["LearningDeliveryFAM"] = [
        {"LearnDelFAMType": "SOF", "LearnDelFAMCode": "110"},
        {"LearnDelFAMType": "ACL", "LearnDelFAMCode": "5"},
        {"LearnDelFAMType": "ASL", "LearnDelFAMCode": "1"},
    ]
    place = {"Postcode": " m1  1ae", "PostcodePrior": "nowhere", "AddLine1": "1 Canary Street"}
    file = ilr_file(learner([aim], **place, ULN="9276308687", GivenNames=" Mary  Jane "))
    row = kept(file, "learner").row(0, named=True)
    assert row["birth_date"].isoformat() == "1990-02-28"
    assert (row["postcode"], row["postcode_prior"], row["uln"]) == ("M1 1AE", None, None)
    assert (row["family_name"], row["given_names"]) == ("Sméth", "Mary  Jane")
    line = tables(file)["learner"]["line"][0]
    found = kept(file, "learning_delivery").row(0, named=True)
    assert (found["parent_line"], found["aim_seq_number"], found["actual_end_date"]) == (line, 1, None)
    assert (found["lsd_postcode"], found["community_purpose"]) == ("M1 1AE", "ACL5")
    everything = str(kept(file, "learner").rows() + kept(file, "learning_delivery").rows())
    assert "Canary" not in everything
    nameless = kept(ilr_file(learner(FamilyName=None, GivenNames=" ")), "learner").row(0, named=True)
    assert (nameless["family_name"], nameless["given_names"]) == (None, None)


def test_planned_hours_are_of_qualifications_and_all_else_on_the_timetable(ilr_file, learner):
    """A part left out is none, both left out is not known, and what is no number is left out."""
    parts = {("540", "60"): 600, ("540", None): 540, (None, "60"): 60, (None, None): None, ("many", "60"): 60}
    for (learning, other), hours in parts.items():
        file = ilr_file(learner(PlanLearnHours=learning, PlanEEPHours=other))
        assert kept(file, "learner")["planned_hours"].to_list() == [hours]


def test_prior_attainment_is_a_field_in_early_years_and_a_record_later(ilr_file, learner):
    early = tables(ilr_file(learner(PriorAttain="9")))
    assert early["learner"]["PriorAttain"].to_list() == ["9"]
    late = tables(ilr_file(learner(PriorAttain=[{"PriorLevel": "1", "DateLevelApp": "2024-09-01"}])))
    assert late["prior_attain"].select("LearnRefNumber", "PriorLevel").rows() == [("L1", "1")]


def test_an_element_the_ilr_does_not_know_is_a_finding_once(ilr_file, learner, findings):
    wrong = learner().replace("FamilyName>", "FamilyNamE>").replace("L1", "L2")
    odd = learner(LearnRefNumber="L3").replace("<Sex>F</Sex>", "<Sex>F</Sex><Sex>M</Sex>")
    file = ilr_file(wrong, learner(), odd, wrong.replace("L2", "L4"), "<learner/>")
    found = findings(ilr, file).filter(pl.col("rule") == "Schema")
    assert set(found["record"]) == {"Learner / FamilyNamE", "Learner / Sex", "Message / learner"}
    assert len(found) == 3


def test_a_long_element_name_is_not_shown(ilr_file, learner, findings):
    name = "x" * 61
    file = ilr_file(learner().replace("FamilyName>", f"{name}>"))
    assert "Learner / (name not shown)" in findings(ilr, file)["record"].to_list()


# --- lines -------------------------------------------------------------------------------------------------


def test_a_line_is_where_the_record_starts_even_far_down(ilr_file, learner):
    records = [learner(LearnRefNumber=f"L{n}") for n in range(3_000)]
    file = ilr_file(*records)
    text = file.read_text("utf-8").splitlines()
    read = tables(file)
    assert len(text) > 65_535  # where libxml2 stops storing lines
    for table, start in (("learner", "<Learner>"), ("learning_delivery", "<LearningDelivery>")):
        assert read[table]["line"].to_list() == [n for n, line in enumerate(text, 1) if line == start]


def test_records_on_one_line_get_numbers_of_their_own(ilr_file, ilr_text, learner):
    text = ilr_text(learner([{}, {"AimSeqNumber": "2"}]), learner(LearnRefNumber="L2"))
    read = tables(ilr_file(content=text.replace("\n", "").encode()))
    lines = read["learner"]["line"].to_list()
    assert len(set(lines)) == 2
    assert len(set(read["learning_delivery"]["line"])) == 3
    owners = dict(zip(map(str, lines), ["L1", "L2"], strict=True))
    aims = read["learning_delivery"].select("parent_line", "LearnRefNumber").rows()
    assert [owners[parent] for parent, _ in aims] == [reference for _, reference in aims]


@pytest.mark.parametrize(("first", "expected"), [("", [1, 1, 1, 1, 1]), ("<!-- -->", [3, 2])])
def test_batches_are_cut_between_learners(ilr_file, learner, monkeypatch, first, expected):
    """By size where the file is plain, by number where a comment makes it otherwise."""
    monkeypatch.setattr(ilr, "BATCH", 3)
    monkeypatch.setattr(plain_xml, "BLOCK", 500)
    monkeypatch.setattr(plain_xml, "_HEAD", 1_000)
    people = [learner(LearnRefNumber=str(n)) for n in range(5)]
    people[0] = people[0].replace("<ULN>", first + "<ULN>")
    sizes = [len(batch.get("learner", ())) for batch in ilr.read((ilr_file(*people),))]
    assert sizes == expected


# --- hostile and broken files ------------------------------------------------------------------------------

BOMB = '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    "doctype", [BOMB, OUTSIDE, "<!DOCTYPE Message>", '<!DOCTYPE m SYSTEM "http://x/y.dtd">']
)
def test_any_doctype_is_refused(ilr_file, ilr_text, doctype):
    text = ilr_text().replace("?>\n", f"?>\n{doctype}\n", 1).replace("Mary Jane", "&a;")
    file = ilr_file(content=text.encode())
    assert refusal(file).rule.id == "doctype"
    with pytest.raises(Refused, match="doctype"):
        list(ilr.read((file,)))


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        *((content, "well_formed") for content in (b"", b"  ", b"<", b"PK\x03\x04", b"\x00" * 9)),
        (b"<Message>\xff\xfe</Message>", "xml_encoding"),
    ],
)
def test_what_is_not_xml_is_refused_with_a_line(ilr_file, content, rule):
    found = refusal(ilr_file(content=content))
    assert found.rule.id == rule
    assert found.line >= 1


CANARIES = ("9276308686", "Sméth", "Mary Jane", "1990-02-28", "M1 1AE", "L1")


def assert_silent(error: BaseException | None) -> None:
    """No personal value in an error, nor in those it was raised from."""
    while error is not None:
        assert not [c for c in CANARIES if c in f"{error} {error.args} {error!r}"]
        error = error.__cause__ or error.__context__


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused_and_nothing_of_it_told(tmp_path_factory, data):
    text = (
        "<Message><Header><CollectionDetails><Year>2425</Year></CollectionDetails><Source><UKPRN>10000001</UKPRN>"
        "</Source></Header><LearningProvider><UKPRN>10000001</UKPRN></LearningProvider>\n"
        "<Learner><LearnRefNumber>L1</LearnRefNumber><ULN>9276308686</ULN><FamilyName>Sméth</FamilyName>"
        "<GivenNames>Mary Jane</GivenNames><DateOfBirth>1990-02-28</DateOfBirth><Postcode>M1 1AE</Postcode>"
        "</Learner>\n</Message>"
    )
    content = text.encode()
    file = tmp_path_factory.mktemp("cut") / "cut.xml"
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(Refused) as caught:
        list(ilr.read((file,)))
    assert caught.value.rule.id == "well_formed"
    assert_silent(caught.value)


def test_findings_tell_no_personal_value(ilr_file, learner, findings):
    canaries = {
        "ULN": "1234567890",
        "FamilyName": "Kowalczyk1",
        "DateOfBirth": "31/12/1980",
        "Postcode": "QQ99QQQ",
        "Email": "secret",
        "NINumber": "SECRETNINUMBER",
        "TelNo": "0161 SECRET",
        "Ethnicity": "12345",
    }
    found = findings(ilr, ilr_file(learner(**canaries), learner(**canaries)))
    shown = str(found.select("message", "field", "rule", "table", "severity").rows())
    assert len(found) > 10
    assert not [value for value in canaries.values() if value in shown]


def test_an_empty_message_has_no_learners(ilr_file):
    assert sum(len(b.get(ilr.RECORDS, ())) for b in ilr.read((ilr_file(" "),))) == 0
