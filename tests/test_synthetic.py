"""The synthetic city: always the same bytes, real shapes, and a truth that agrees with what was sent."""

import csv
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from pipelines.extracts.deliveries import find_deliveries
from pipelines.extracts.formats import FORMATS
from pipelines.extracts.reception import settle
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.store import Store
from pipelines.synthetic import (
    SAMPLE,
    SyntheticCity,
    Truth,
    providers,
    true_participation,
    write_city,
    write_sample,
)
from pipelines.synthetic.census_csv import MODULES
from pipelines.synthetic.chance import Chance
from pipelines.synthetic.faults import (
    APPRENTICESHIP,
    CENSUS,
    COMMUNITY,
    EARLY_YEARS,
    ILR,
    STUDENT_RECORD,
)
from pipelines.synthetic.numbers import learner_numbers, pupil_numbers
from pipelines.synthetic.schooling import census_day
from pipelines.years import AcademicYear
from tests.vaults import vault

REPOSITORY = Path(__file__).resolve().parents[1]
REFERENCE = REPOSITORY / "data" / "reference"
SHARED = REPOSITORY.parent / "shared"
MOST_SAMPLE_BYTES = 5_000_000

_STATE_OF = {"refuse": State.REFUSED, "empty": State.EMPTY, "all rejected": State.ALL_REJECTED}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """A town of 8,000 with planted faults: its folder, and the truth about it."""
    out = tmp_path_factory.mktemp("town")
    return out, write_city(SyntheticCity(seed=7, people=8_000), out, REFERENCE)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """The bundled sample, made again elsewhere."""
    root = tmp_path_factory.mktemp("sample")
    reference = root / "data" / "reference"
    reference.mkdir(parents=True)
    shutil.copytree(REFERENCE / "lars", root / "data" / "reference" / "lars")
    for file in REFERENCE.glob("*.csv"):
        (reference / file.name).write_bytes(file.read_bytes())
    return root, write_sample(root)


def digests(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


# The same bytes


def test_the_same_city_has_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    write_city(SyntheticCity(seed=5, people=1_500, years=1), tmp_path / "here", REFERENCE)
    arguments = ["--people", "1500", "--seed", "5", "--years", "1", "--out", str(tmp_path / "there")]
    subprocess.run(
        [sys.executable, "-m", "pipelines.synthetic", *arguments],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        cwd=REPOSITORY,
        check=True,
    )
    here = digests(tmp_path / "here")
    assert any(name.endswith(".xlsx") for name in here)
    assert here == digests(tmp_path / "there")


def test_another_seed_is_another_city(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_city(SyntheticCity(seed=seed, people=500, years=1), tmp_path / str(seed), REFERENCE)
    assert digests(tmp_path / "1") != digests(tmp_path / "2")


def test_the_bundled_sample_is_what_the_generator_writes(sample: tuple[Path, Truth]) -> None:
    root, _ = sample
    made = digests(root / "data" / "raw")
    assert made == digests(REPOSITORY / "data" / "raw")
    for name in ("provider.csv", "expected_return.csv", "population_synthetic.csv"):
        assert (root / "data" / "reference" / name).read_bytes() == (REFERENCE / name).read_bytes()


def test_the_bundled_sample_is_small_and_has_every_format(sample: tuple[Path, Truth]) -> None:
    root, _ = sample
    files = [file for file in (root / "data" / "raw").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < MOST_SAMPLE_BYTES
    kinds = Counter((file.name.split("_")[0].split("-")[0], file.suffix) for file in files)
    for kind in (
        ("ILR", ".XML"),
        ("ILR", ".xml"),
        ("community", ".csv"),
        ("community", ".xlsx"),
        ("2025", ".csv"),
        ("C24056", ".xml"),
    ):
        assert kinds[kind], kind
    senders = {file.parent.name for file in files if file.parent.parent.name == "2024-25"}
    assert 18 <= len(senders) <= 24


def test_extracts_that_are_not_synthetic_are_never_overwritten(tmp_path: Path) -> None:
    real = tmp_path / "raw" / "2024-25" / "10000001" / "ILR-10000001-2425-20251016-101500-01.XML"
    real.parent.mkdir(parents=True)
    real.write_text("somebody's only copy")
    with pytest.raises(FileExistsError, match="not marked as synthetic"):
        write_city(SyntheticCity(people=100, years=1), tmp_path, REFERENCE)
    assert real.read_text() == "somebody's only copy"


# Numbers


def test_learner_numbers_pass_the_published_checksum() -> None:
    # HESA's example 9276308686 by hand: 90 + 18 + 56 + 42 + 18 + 0 + 32 + 18 + 16 + 6 = 296 = 26 * 11 + 10.
    def remainder(number: str) -> int:
        return sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11

    assert remainder("9276308686") == 10
    numbers = learner_numbers(5_000, seed=3)
    assert len(set(numbers.tolist())) == 5_000
    assert {len(str(n)) for n in numbers.tolist()} == {10}
    assert {remainder(str(n)) for n in numbers.tolist()} == {10}


def test_pupil_numbers_are_different_and_well_formed() -> None:
    numbers = pupil_numbers(5_000, seed=3)
    assert numbers.n_unique() == 5_000
    assert numbers.str.contains(r"^[A-HJ-NP-RT-Z]352\d{9}$").all()


def test_a_draw_does_not_depend_on_who_else_is_drawn() -> None:
    chance = Chance(1)
    some, more = (chance.uniform(pl.Series(range(n)).to_numpy(), "thing") for n in (10, 1_000))
    assert (some == more[:10]).all()
    assert 0.45 < more.mean() < 0.55


@pytest.mark.parametrize(("start", "day"), [(2022, 19), (2023, 18), (2024, 16)])
def test_census_day_is_the_third_thursday_of_january(start: int, day: int) -> None:
    assert census_day(start) == date(start + 1, 1, day)


# The truth


def test_components_and_second_registrations_do_not_count(town: tuple[Path, Truth]) -> None:
    enrolments = town[1].enrolments
    aims = enrolments.filter(pl.col("collection") == "ilr")
    assert not aims.filter(pl.col("aim_type") == "3")["countable"].any()
    assert aims.filter(pl.col("aim_type").is_in(["1", "4"]))["countable"].all()
    key = ["person", "provider_id", "academic_year", "start"]
    in_programme = aims.filter(pl.col("aim_type") == "5").join(
        aims.filter(pl.col("aim_type") == "1"), on=key, how="semi"
    )
    assert in_programme.height
    assert not in_programme["countable"].any()
    pupils = enrolments.filter(pl.col("collection") == "school_census")
    assert not pupils["countable"].all()
    assert (
        pupils.filter("countable").select("person", "provider_id", "academic_year").is_duplicated().sum() == 0
    )


def test_the_population_file_counts_those_who_live_in_the_city(town: tuple[Path, Truth]) -> None:
    out, truth = town
    homes = truth.homes.filter(pl.col("resident") & (pl.col("academic_year") == "2023/24"))
    lived_here = homes.join(truth.people, on="person")
    expected = Counter()
    homes = pl.read_csv(REPOSITORY / "data/reference/postcode.csv", infer_schema=False)
    area = dict(homes.select("postcode", "lsoa21_code").iter_rows())
    for birth, sex, postcode in lived_here.select("birth_date", "sex", "postcode").iter_rows():
        age = 2024 - birth.year - ((birth.month, birth.day) > (6, 30))
        expected[min(age, 90), sex, area[postcode]] += 1
    with (out / "population.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["reference_date"] == "2024-06-30"]
    found = {(int(r["age"]), r["sex"], r["area_code"]): int(r["persons"]) for r in rows}
    assert found == dict(expected)
    assert 7_600 < sum(found.values()) < 8_400


def test_recorded_participation_looks_like_a_city(town: tuple[Path, Truth]) -> None:
    truth = town[1]
    born = pl.col("birth_date")
    start = pl.col("academic_year").str.head(4).cast(pl.Int32)
    age = start - born.dt.year() - (born.dt.month() > 8)
    residents = truth.homes.filter("resident").join(truth.people, on="person").with_columns(age=age)
    took_part = true_participation(truth).filter("resident")
    expected = {(4, 4): (0.9, 1.0), (5, 15): (0.92, 0.98), (16, 17): (0.8, 0.93), (18, 24): (0.38, 0.52),
                (25, 54): (0.08, 0.15), (55, 64): (0.03, 0.07), (65, 120): (0.01, 0.04)}  # fmt: skip
    for (first, last), (least, most) in expected.items():
        of_age = pl.col("age").is_between(first, last)
        rate = took_part.filter(of_age).height / residents.filter(of_age).height
        assert least < rate < most, (first, last, rate)
    adults = took_part.filter(pl.col("age") >= 25)["sex"].value_counts(sort=True)
    assert adults["sex"][0] == "F"


def test_people_move_and_learn_across_sectors_and_borders(town: tuple[Path, Truth]) -> None:
    truth = town[1]
    addresses = truth.homes.group_by("person").agg(pl.col("postcode").n_unique())
    assert addresses.filter(pl.col("postcode") > 1).height > 500
    assert not true_participation(truth)["resident"].all()
    by_number = truth.enrolments.drop_nulls("uln_sent").group_by("uln_sent", "academic_year")
    sectors = by_number.agg(pl.col("collection").n_unique(), pl.col("person").n_unique())
    assert sectors.filter(pl.col("collection") > 1).height > 10
    assert sectors["person"].max() == 1
    aims = truth.enrolments.filter(pl.col("collection") == "ilr")
    assert 0.01 < aims["uln_sent"].is_null().mean() < 0.2


# Faults


def take_in(out: Path, years: range) -> list[Receipt]:
    """Read every return of registered senders; return their receipts."""
    senders = set(pl.read_csv(out / "provider.csv", infer_schema=False)["sender_id"])
    store = Store(vault(out / "store"))
    return settle(
        store.take_in(delivery)
        for module in FORMATS
        for start in years
        for delivery in find_deliveries(out / "raw", AcademicYear(start), module.COLLECTION)
        if delivery.sender in senders
    )


def findings(receipts: list[Receipt]) -> Counter:
    found = Counter()
    for receipt in receipts:
        if receipt.state is State.ACCEPTED:
            found.update(receipt.findings)
    del found["parent_quarantined"]
    return found


def test_a_city_without_faults_has_no_findings(tmp_path: Path) -> None:
    city = SyntheticCity(people=2_000, years=2, faults=0, every_uln=True)
    truth = write_city(city, tmp_path, REFERENCE)
    assert truth.faults.is_empty()
    assert truth.enrolments["planted"].null_count() == truth.enrolments.height
    receipts = take_in(tmp_path, range(2022, 2024))
    assert {r.state for r in receipts} == {State.ACCEPTED, State.SUPERSEDED}
    # The city has no independent school.
    assert {r.collection for r in receipts} == {m.COLLECTION for m in FORMATS} - {"common_transfer_file"}
    assert {r.part for r in receipts if r.collection == "school_census"} == {"autumn", "spring", "summer"}
    assert not any(r.findings for r in receipts)


def unfound(truth: Truth, receipts: list[Receipt], store: Store) -> list[tuple]:
    """Return the planted faults that no finding of their rule names at their record and line."""
    found = set()
    for receipt in receipts:
        if receipt.state is not State.ACCEPTED:
            continue
        folder = f"{receipt.folder_year}/{receipt.folder_provider}"
        for table, line, record, rule, severity in (
            store.findings([receipt]).select("table", "line", "record", "rule", "severity").iter_rows()
        ):
            for name in receipt.files:
                # XML has no lines of the generator's own; an apprentice has no record key, and a nameless
                # learner has none either.
                found |= {
                    (f"{folder}/{name}", table, at, record or None, rule, severity) for at in (line, None)
                }
    columns = ("file", "table", "line", "record", "rule", "effect")
    planted = truth.faults.drop_nulls("table").select(columns).rows()
    return [fault for fault in planted if fault not in found]


def test_every_planted_fault_is_found_and_nothing_else(sample: tuple[Path, Truth], tmp_path: Path) -> None:
    root, truth = sample
    (tmp_path / "raw").symlink_to(root / "data" / "raw")
    (tmp_path / "provider.csv").symlink_to(root / "data" / "reference" / "provider.csv")
    receipts = take_in(tmp_path, range(2022, 2025))
    in_rows = truth.faults.drop_nulls("table")
    # Community learners may have no number yet: DfE warns of each, which is no fault of the sample.
    of_ilr = truth.enrolments.filter((pl.col("collection") == "ilr") & pl.col("uln_sent").is_null())
    nobody = of_ilr.unique(["academic_year", "provider_id", "person"]).height
    assert nobody > 10
    assert findings(receipts) == Counter(in_rows["rule"]) + Counter({"ULN_02": nobody})
    assert not unfound(truth, receipts, Store(vault(tmp_path / "store")))
    states = {
        f"{r.folder_year}/{r.folder_provider}/{name}": (r.state, r.rule) for r in receipts for name in r.files
    }
    registered = truth.faults.filter(pl.col("table").is_null() & ~pl.col("sender").is_in(["10099999"]))
    for file, rule, effect in registered.select("file", "rule", "effect").iter_rows():
        if rule != "file_recognised":
            assert states[file] == (_STATE_OF[effect], rule), file


def test_one_university_sends_xml_and_another_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a city of 300,000, but quicker; with one fault in ten students, each kind is found."""
    monkeypatch.setattr(providers, "_RESIDENTS_A_UNIVERSITY", 4_000)
    truth = write_city(SyntheticCity(seed=3, people=8_000, years=2, faults=0.1), tmp_path, REFERENCE)
    senders = {"10091001": "C2*.xml", "10091002": "hesa_*_data_students.csv"}
    for sender, pattern in senders.items():
        assert len(list((tmp_path / "raw").glob(f"*/{sender}/{pattern}"))) >= 2, sender
    of_students = pl.col("collection") == "student_record"
    everything = take_in(tmp_path, range(2022, 2024))
    assert not unfound(truth, everything, Store(vault(tmp_path / "store")))
    receipts = [r for r in everything if r.collection == "student_record"]
    in_rows = truth.faults.filter(of_students).drop_nulls("table")
    assert findings(receipts) == Counter(in_rows["rule"])
    assert set(in_rows["rule"]) == {fault.rule for fault in STUDENT_RECORD}
    assert set(in_rows["sender"]) == set(senders)
    assert all((tmp_path / "raw" / file).exists() for file in in_rows["file"])
    students = truth.enrolments.filter(of_students).join(truth.people, on="person")
    age = (
        students["academic_year"].cast(pl.String).str.head(4).cast(pl.Int32)
        - students["birth_date"].dt.year()
    )
    assert 0.6 < age.is_between(18, 25).mean() < 0.95
    assert 0.5 < students["uln_sent"].is_null().mean() < 0.8
    assert not students["countable"].all()


def test_the_sample_has_every_fault(sample: tuple[Path, Truth]) -> None:
    in_rows = sample[1].faults.drop_nulls("table")
    planted = set(in_rows["rule"])
    assert planted >= {fault.rule for fault in (*CENSUS, *COMMUNITY)}
    by_term = in_rows.filter(pl.col("table") == "pupilonroll", pl.col("academic_year") == "2024/25").group_by(
        pl.col("file").str.extract(r"_(autumn|spring|summer)_")
    )
    expected = {fault.rule for fault in CENSUS}
    found = {term: set(rules) for term, rules in by_term.agg("rule").iter_rows()}
    assert found == {"autumn": expected, "spring": expected, "summer": expected}
    for faults in (EARLY_YEARS, APPRENTICESHIP):
        assert len({(f.table, f.rule) for f in faults} & set(in_rows.select("table", "rule").rows())) >= 6
    assert len({fault.rule for fault in ILR} - planted) <= 1
    # A hundred students a year have four faults a year.
    assert len({fault.rule for fault in STUDENT_RECORD} & planted) >= 8
    assert sample[1].faults["table"].null_count() == 12


def test_about_two_in_a_hundred_rows_are_spoilt(town: tuple[Path, Truth]) -> None:
    spoilt = town[1].enrolments["planted"].is_not_null().mean()
    assert SAMPLE.faults == 0.03
    assert 0.012 < spoilt < 0.03


# Real shapes


@pytest.mark.parametrize("start", [2018, 2025])
def test_files_are_valid_against_the_published_schema(start: int, tmp_path: Path) -> None:
    schema = (
        SHARED
        / "extracts"
        / "ilr"
        / {2018: "ILR-2018-19-v3.xsd", 2025: "schemafile25_ILR-2025-26.xsd"}[start]
    )
    if not schema.exists():
        pytest.skip("DfE's schema files are not part of the repository")
    write_city(
        SyntheticCity(people=2_000, first_year=AcademicYear(start), years=1, faults=0), tmp_path, REFERENCE
    )
    published = etree.XMLSchema(file=str(schema))
    files = [file for file in (tmp_path / "raw").rglob("*") if file.name.startswith("ILR-")]
    assert len(files) >= 9
    for file in files:
        published.assertValid(etree.parse(str(file)))


def test_census_modules_have_the_columns_of_real_exports() -> None:
    folder = SHARED / "extracts" / "school_census"
    if not folder.exists():
        pytest.skip("the published test exports are not part of the repository")
    compared = 0
    for file in sorted(folder.glob("2025_spring_*.csv")):
        module = file.stem.removeprefix("2025_spring_")
        with file.open(encoding="utf-8") as stream:
            assert MODULES[module].split() == next(csv.reader(stream)), module
        compared += 1
    assert compared == 4


def test_funding_models_follow_the_year_an_aim_started(town: tuple[Path, Truth]) -> None:
    raw = town[0] / "raw"
    for year, old_allowed in (("2022-23", True), ("2024-25", False)):
        for file in raw.glob(f"{year}/1009*/ILR-*-01.[xX]*"):
            for aim in etree.parse(str(file)).iterfind(".//{*}LearningDelivery"):
                model, start = aim.findtext("{*}FundModel"), aim.findtext("{*}LearnStartDate")
                planted = start > f"20{year[-2:]}-07-31"  # LearnStartDate_03
                if model in ("10", "35", "11", "38") and not planted:
                    assert (model in ("10", "35")) == (old_allowed or start < "2024-08-01"), file.name


def test_an_early_return_knows_less_than_the_last(town: tuple[Path, Truth]) -> None:
    early = [file for file in (town[0] / "raw").rglob("ILR-*") if file.name.split("-")[3][4:6] == "12"]
    assert early
    for file in early:
        tree = etree.parse(str(file))
        prepared = date.fromisoformat(tree.findtext(".//{*}FilePreparationDate"))
        dates = [date.fromisoformat(end.text) for end in tree.iterfind(".//{*}LearnActEndDate")]
        assert all(day <= prepared for day in dates)
        last = max(
            other for other in file.parent.glob("ILR-*") if not other.name.endswith(("07.XML", "07.xml"))
        )
        assert file.stat().st_size < last.stat().st_size


def test_a_hamlet_in_which_hardly_anyone_learns_is_written_too(tmp_path: Path) -> None:
    truth = write_city(SyntheticCity(people=60, years=2), tmp_path, REFERENCE)
    assert truth.enrolments["academic_year"].n_unique() == 2
    assert set(true_participation(truth)["academic_year"]) == {"2022/23", "2023/24"}


def test_the_three_censuses_of_the_last_year_differ_as_exports_do(town: tuple[Path, Truth]) -> None:
    """The numbers of columns of pupilonroll are those of autumn 2024, spring 2025 and summer 2025 exports."""
    folder = town[0] / "raw" / "2024-25" / "352"
    headers = {}
    for term in ("2024_autumn", "2025_spring", "2025_summer"):
        with (folder / f"{term}_pupilonroll.csv").open(encoding="utf-8") as stream:
            headers[term[5:]] = next(csv.reader(stream))
    assert [name for name, columns in headers.items() if "ethnicity" in columns] == ["spring"]
    assert len(headers["spring"]) == 44
    assert len(headers["summer"]) == 41
    assert (folder / "2024_autumn_addressesonroll.csv").exists()
    assert not (folder / "2024_autumn_addresses.csv").exists()
    earlier = town[0] / "raw" / "2023-24" / "352"
    assert not list(earlier.glob("*_autumn_*")) and not list(earlier.glob("*_summer_*"))


def test_apprentices_of_employers_are_in_the_ilr_and_young_children_at_no_school(
    town: tuple[Path, Truth],
) -> None:
    enrolments = town[1].enrolments.with_columns(
        pl.col("collection", "course", "academic_year").cast(pl.String)
    )
    by_collection = enrolments.partition_by("collection", as_dict=True)
    key = ["person", "academic_year", "course"]
    apprentices = by_collection["apprenticeship_service",]
    assert apprentices.height > 5
    assert apprentices.join(by_collection["ilr",], on=key, how="anti").is_empty()
    children = by_collection["early_years_census",]
    assert children.height > 50
    pupils = by_collection["school_census",]
    assert children.join(pupils, on=["person", "academic_year"], how="semi").is_empty()
