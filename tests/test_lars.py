"""The Learning Aim Reference Service as the city downloads it, in small; every row by hand."""

import io
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from pipelines import lars
from pipelines.city import City
from pipelines.lars import Lars, LarsError
from pipelines.reference import ReferenceError, read_sources
from pipelines.reference_lists import REFERENCE_LISTS

REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference"
ZIP = "LearningDelivery_V051_CSV.Zip"
HEADER = (
    "LearnAimRef,EffectiveFrom,LearnAimRefTitle,LearnAimRefType,NotionalNVQLevel,NotionalNVQLevelv2,"
    "SectorSubjectAreaTier1,SectorSubjectAreaTier2,AwardOrgCode"
)
AIMS = f"""{HEADER}
00100309 ,1998-01-01,GCSE Maths,0003,2,2,2.00,2.20,AQA
60149735,2015-08-01,"Diploma in Plumbing, Level 2",0006,2,2,5.00,5.20,C&G
60301234,2019-08-01,Functional Skills English,1439,E,E,14.00,14.10,NCFE
60305678,2019-08-01,Award in Employability,1430,1,1,14.00,14.20,NCFE
Z0007846,2013-08-01,Non regulated provision,9999,X,X,9.00,9.10,NONE
ZTLOS006,2020-08-01,T Level occupational specialism,1468,3,3,13.00,13.10,NCFE
ZPROG001,2013-08-01,Programme aim,9999,X,X,-2.00,-2.00,NONE
6010999X,2013-08-01,Mixed level,0006,M,1.5,U,,PEARSON
"""
STANDARDS = """StandardCode,Version,StandardName,NotionalEndLevel,SectorSubjectAreaTier1,UrlLink
105,1.1,Bricklayer,2,5.00,x
"""


@pytest.fixture
def reference(tmp_path) -> Path:
    return shutil.copytree(REFERENCE, tmp_path / "reference")


def drop(reference: Path, name: str = ZIP, **files: str | bytes) -> Path:
    file = reference / lars.FOLDER / name
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in ({"LearningDelivery": AIMS, "Standard": STANDARDS} | files).items():
            archive.writestr(f"data/{path}.csv", content)
    return file


def test_a_downloaded_zip_stands_for_the_sample(reference):
    drop(reference)
    found = Lars(reference / "lars").aims().rows()
    assert found == [
        ("00100309", "GCSE Maths", "2", "2", "2.2", "general", "formal"),
        ("60149735", "Diploma in Plumbing, Level 2", "2", "5", "5.2", "vocational", "formal"),
        # By its subject area, 14.1; the next is 14.2.
        ("60301234", "Functional Skills English", "E", "14", "14.1", "general", "formal"),
        ("60305678", "Award in Employability", "1", "14", "14.2", "vocational", "formal"),
        # A class code; but those of T Levels and programmes are formal.
        ("Z0007846", "Non regulated provision", "X", "9", "9.1", "general", "non-formal"),
        ("ZTLOS006", "T Level occupational specialism", "3", "13", "13.1", "vocational", "formal"),
        ("ZPROG001", "Programme aim", "X", None, None, "vocational", "formal"),
        ("6010999X", "Mixed level", "1.5", None, None, "vocational", "formal"),
    ]
    assert Lars(reference / "lars").standards().rows() == [("105", "Bricklayer", "2", "5")]


def test_what_was_downloaded_is_named_as_the_source(reference):
    assert {"lars/LearningDelivery.csv", "lars/Standard.csv"} <= read_sources(reference).keys()
    drop(reference)
    sources = read_sources(reference)
    assert not {"lars/LearningDelivery.csv", "lars/Standard.csv"} & sources.keys()
    assert sources[f"lars/{ZIP}"].vintage == "version 051"
    assert len(sources[f"lars/{ZIP}"].sha256) == 64


def test_two_versions_are_refused_by_name(reference):
    drop(reference)
    drop(reference, "LearningDelivery_V052_CSV.zip")
    with pytest.raises(LarsError, match=r"V051_CSV\.Zip, LearningDelivery_V052_CSV\.zip: only one version"):
        Lars(reference / "lars").aims()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (AIMS.replace("LearnAimRefType", "Type"), "LearningDelivery.csv cannot be read: .*LearnAimRefType"),
        ("", "LearningDelivery.csv cannot be read"),
    ],
)
def test_a_file_of_another_shape_is_refused(reference, content, says):
    drop(reference, LearningDelivery=content)
    with pytest.raises(LarsError, match=f"^{ZIP}: {says}"):
        Lars(reference / "lars").aims()


def test_a_zip_that_is_none_or_lacks_a_file_or_has_it_twice_is_refused(reference):
    file = reference / "lars" / ZIP
    file.write_bytes(b"PK no zip")
    with pytest.raises(LarsError, match="cannot be read: BadZipFile"):
        Lars(reference / "lars").aims()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/Standard.csv", STANDARDS)
        archive.writestr("b/standard.csv", STANDARDS)
    with pytest.raises(LarsError, match=r"holds 0 files named LearningDelivery.csv"):
        Lars(reference / "lars").aims()
    with pytest.raises(LarsError, match=r"holds 2 files named Standard.csv"):
        Lars(reference / "lars").standards()


def test_a_bomb_is_not_unpacked(reference, monkeypatch):
    monkeypatch.setattr(lars, "_MOST_BYTES", 1_000)
    drop(reference, LearningDelivery=AIMS + "x" * 1_000)
    with pytest.raises(LarsError, match="unpacks to more than 1,000 bytes"):
        Lars(reference / "lars").aims()


def test_a_row_that_no_list_may_have_is_named(reference):
    drop(
        reference,
        LearningDelivery=AIMS + "Z0007846,,again,9999,X,X,9.00,9.10,NONE\n6014973,,short,1,1,1,1,1,x\n",
    )
    (aims,) = (entry for entry in REFERENCE_LISTS if entry.name == "learning_aim")
    city = City.read(REFERENCE.parents[1] / "city.toml")
    with pytest.raises(
        ReferenceError, match=r"^reference list learning_aim: .*must be 8 characters \(line 11\)"
    ):
        aims.load(reference, city)
    with pytest.raises(ReferenceError, match=r"learn_aim_ref: must not repeat \(line 10\)"):
        aims.load(reference, city)


def test_a_list_as_large_as_the_real_one_is_read(reference):
    rows = io.StringIO()
    rows.write(HEADER + "\n")
    for number in range(131_500):
        rows.write(f"{number:08d},2015-08-01,Aim {number},0006,2,2,5.00,5.20,X\n")
    drop(reference, LearningDelivery=rows.getvalue())
    aims = Lars(reference / "lars").aims()
    assert aims.height == 131_500
    assert aims.select(pl.struct("ssa_tier1", "orientation").n_unique()).item() == 1
