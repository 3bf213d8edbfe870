"""The whole road on the bundled city, as its users walk it: the command, the analysts' file, the release."""

import json
import os
import re
import shutil
import subprocess
import sys

import duckdb
import polars as pl
import pytest

from pipelines.analysts import RESTRICTED_COLUMNS
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.releases.manifests import faults
from tests.conftest import REPOSITORY
from tests.twins.agreement import COUNTED, TABLES, Counted, compared, different

pytestmark = pytest.mark.slow

CANARY = "Zzyzxcanary"
"""Stands in for a family name, an address and a course reference that no real text holds."""


def copy_city(folder):
    shutil.copy(REPOSITORY / "city.toml", folder)
    shutil.copytree(REPOSITORY / "data", folder / "data")
    return folder


def run(root, *, check=True):
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("DAGSTER", "LEARNING_INDICATORS"))
    }
    command = [sys.executable, "-m", "pipelines.cli", "run", "--root", str(root)]
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=check, timeout=300
    )


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    root = copy_city(tmp_path_factory.mktemp("city"))
    plant_canaries(root)
    return root, run(root)


def plant_canaries(root):
    """Put a recognisable person into a good record and into one that must be set aside."""
    college = next(
        p for p in sorted((root / "data/raw/2024-25").glob("1009*/ILR-*")) if p.stat().st_size > 50_000
    )
    text = college.read_text("utf-8")
    text = re.sub(r"<FamilyName>[^<]*", f"<FamilyName>{CANARY}", text)
    text = re.sub(r"<AddLine1>[^<]*", f"<AddLine1>{CANARY}", text)
    text = text.replace("<Sex>F</Sex>", f"<Sex>{CANARY}</Sex>", 1)
    college.write_text(text, "utf-8")


def test_the_command_says_what_it_did(city):
    _, result = city
    assert re.search(r"core\.participation +[\d,]+ +[\d.]+ s", result.stderr)
    assert re.search(r"Returns: \d+ accepted, .*refused", result.stdout)
    assert re.search(r"\d+ of those accepted have rows that were set aside", result.stdout)
    refused = re.findall(r"^  (20\d\d-\d\d/\S+): refused", result.stdout, re.MULTILINE)
    assert refused
    assert refused == sorted(refused)
    assert "index.html" in result.stdout


def test_one_bad_return_stops_no_other(city):
    """The sample has a truncated file, a DOCTYPE, a wrong folder and more; the others are all counted."""
    root, result = city
    for rule in ("well_formed", "doctype", "folder_year", "column_missing", "file_recognised"):
        assert rule in result.stdout
    states = [r.state for r in Pipeline(Paths(root)).receipts()]
    assert states.count("accepted") > 50


def test_analysts_can_count_every_indicator_again(city):
    """From the enrolments and residents in their file, by its definition, in polars: every cell."""
    root, _ = city
    file = Paths(root).analysts_database
    with duckdb.connect(file, read_only=True) as connection:
        for table in TABLES:
            connection.table(table).write_parquet(str(root / f"{table}.parquet"))
    tables = {table: pl.read_parquet(root / f"{table}.parquet") for table in TABLES}
    counted = Counted.of(tables)
    for key in COUNTED:
        cells = compared(counted, key)
        assert different(cells).is_empty(), (key, different(cells))


def test_analysts_cannot_tell_on_which_line_of_a_return_an_enrolment_stood(city):
    root, _ = city
    with duckdb.connect(Paths(root).analysts_database, read_only=True) as connection:
        columns = {
            name for (name,) in connection.execute("select column_name from duckdb_columns()").fetchall()
        }
        assert not columns & RESTRICTED_COLUMNS
        in_place = connection.execute("select enrolment_id, person_id from core.enrolment").fetchall()
    # Rows lie in the order of their numbers, and these in that of pseudonyms.
    assert in_place == sorted(in_place)
    assert [person for _, person in in_place] == sorted(person for _, person in in_place)


def test_the_release_is_whole_and_says_that_it_is_synthetic(city):
    root, _ = city
    latest = root / "var" / "releases" / "latest"
    assert faults(latest.resolve()) == []
    for page in latest.glob("*.html"):
        assert "Synthetic data." in page.read_text("utf-8"), page.name
    for data in latest.glob("data/*.csv"):
        assert "SYNTHETIC" in data.read_text("utf-8").split("\n")[0]
    for described in latest.glob("data/*.json"):
        assert json.loads(described.read_text("utf-8"))["synthetic"] is True
    assert json.loads((latest / "manifest.json").read_text("utf-8"))["notice"]


def test_the_same_city_elsewhere_gives_the_same_release(city, tmp_path):
    root, _ = city
    other = tmp_path / "other"
    shutil.copytree(root, other, ignore=shutil.ignore_patterns("var"))
    # Under the same secret, that is.
    (other / "var").mkdir(mode=0o700)
    shutil.copy2(root / "var/synthetic.secret", other / "var")
    run(other)
    first = content((root / "var/releases/latest").resolve())
    assert content((other / "var/releases/latest").resolve()) == first


def test_no_personal_value_gets_out(city):
    """Not into logs, the scheduler's store, the analysts' file, the release or the terminal."""
    root, result = city
    returns = [p.read_text("utf-8", "ignore") for p in root.glob("data/raw/2024-25/*/*.XML")]
    ulns = {uln for text in returns for uln in re.findall(r"<ULN>(\d{10})", text)} - {"9999999999"}
    assert len(ulns) > 100
    assert CANARY in "".join(returns)
    places = [root / "var" / name for name in ("dagster", "releases", "analysts")]
    files = [p for place in places for p in place.rglob("*") if p.is_file()]
    assert len(files) > 10
    for data in [*(p.read_bytes() for p in files), result.stdout.encode(), result.stderr.encode()]:
        assert CANARY.encode() not in data
        found = {n.decode() for n in re.findall(rb"(?<!\d)\d{10}(?!\d)", data)}
        assert not found & ulns


def test_the_release_and_the_analysts_file_name_the_key(city):
    root, _ = city
    key_id = Pipeline(Paths(root)).secrets.key_id
    assert json.loads((root / "var/releases/latest/manifest.json").read_text("utf-8"))["key_id"] == key_id
    with duckdb.connect(root / "var/analysts/learning_indicators.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT key_id FROM core.pseudonym_key").fetchall() == [(key_id,)]


def test_var_is_for_its_owner_alone(city):
    root, _ = city
    assert (root / "var").stat().st_mode & 0o077 == 0


def test_analysts_find_a_commented_star_schema(city):
    root, _ = city
    with duckdb.connect(root / "var/analysts/learning_indicators.duckdb", read_only=True) as connection:
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()"
        ).fetchall()
        columns = connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        )
        columns = columns.fetchall()
    names = {"person", "provider", "enrolment", "participation", "population", "area", "academic_year"}
    assert {f"core.{name}" for name in names} <= {name for name, _ in tables}
    assert all(comment for _, comment in tables)
    assert [c for c in columns if not c[2]] == []
    secret = {"record_key", "cell_key", "uln", "upn", "birth_date", "postcode", "local_ref"}
    secret |= {"family_name", "given_names", "former_family_name"}
    assert not secret & {column for _, column, _ in columns}


def rename_a_provider(root):
    register = root / "data/reference/provider.csv"
    text = register.read_text("utf-8")
    head, first, rest = text.split("\n", 2)
    number, name, more = first.split(",", 2)
    register.write_text("\n".join([head, f"{number},{name} Renamed,{more}", rest]), "utf-8")


def kept_stages(result):
    return {line.split()[0] for line in result.stderr.splitlines() if line.endswith("kept")}


def test_what_did_not_change_is_kept_and_what_reads_a_change_is_made_again(city):
    """Analysts are never locked out: who has the old file open keeps it; a new process sees the new one."""
    root, first = city
    assert not kept_stages(first)
    everything = kept_stages(run(root))
    assert {"reference.provider", "accepted", "core.enrolment", "indicators.analysts_file"} <= everything
    assert [p.name for p in (root / "var/releases/2024-25").iterdir()] == ["1"]
    file = root / "var/analysts/learning_indicators.duckdb"
    query = "SELECT count(*) FROM core.person"
    with duckdb.connect(file, read_only=True) as connection:
        before = connection.execute(query).fetchall()
        inode = file.stat().st_ino
        rename_a_provider(root)
        made = everything - kept_stages(run(root))
        # Nothing that is counted changed, and so nothing that is published.
        earlier, later = (root / "var/releases/2024-25" / n / "data/4_3_1_participation.csv" for n in "12")
        assert earlier.read_bytes() == later.read_bytes()
        assert file.stat().st_ino != inode
        assert connection.execute(query).fetchall() == before
    assert made == {
        "reference.provider",
        "core.provider",
        "core.reporting",
        "core.linkage",
        "indicators.analysts_file",
    }
    script = (
        f"import duckdb; print(duckdb.connect({str(file)!r}, read_only=True).execute({query!r}).fetchall())"
    )
    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == str(before)


def test_the_ready_queries_run(city):
    root, _ = city
    guide = (REPOSITORY / "docs" / "analysts.md").read_text("utf-8")
    queries = re.findall(r"```sql\n(.*?)```", guide, re.DOTALL)
    assert len(queries) >= 6
    with duckdb.connect(root / "var/analysts/learning_indicators.duckdb", read_only=True) as connection:
        for block in queries:
            for query in filter(str.strip, block.split(";")):
                assert connection.execute(query).fetchall(), query


def test_a_second_run_at_the_same_time_is_refused(city):
    root, _ = city
    script = """if True:
        import pathlib, subprocess, sys
        from pipelines.paths import Paths
        from pipelines.pipeline import Pipeline
        Pipeline(Paths(pathlib.Path(sys.argv[1]))).lock()
        command = [sys.executable, "-m", "pipelines.cli", "run", "--root", sys.argv[1]]
        sys.exit(subprocess.run(command).returncode)
    """
    result = subprocess.run(
        [sys.executable, "-c", script, str(root)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "another run is under way" in result.stdout


def test_a_policy_that_cannot_be_used_stops_a_run_before_it_begins(tmp_path):
    root = copy_city(tmp_path)
    file = root / "data/disclosure_policy.toml"
    file.write_text(file.read_text("utf-8").replace('= "hesa"', '= "hess"'), "utf-8")
    result = run(root, check=False)
    assert result.returncode == 1
    said = "disclosure_policy.toml: profiles: Value error, no such profile: hess (there are kcr5, "
    assert result.stdout.startswith(said)
    assert result.stderr == ""


def test_real_people_are_not_processed_without_a_secret(tmp_path):
    root = copy_city(tmp_path)
    (root / "data/raw/synthetic.toml").unlink()
    result = run(root, check=False)
    assert result.returncode == 1
    assert "LEARNING_INDICATORS_SECRET_FILE" in result.stdout
    assert [p for p in (root / "var").rglob("*") if p.is_file()] == []
