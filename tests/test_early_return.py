"""One charity's file of the next year arrives early, on the bundled city: the release stands."""

import csv
import re

import duckdb
import polars as pl
import pytest

from pipelines.basis import Published
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from tests.test_road import content, copy_city, run

pytestmark = pytest.mark.slow

SENDER, YEAR, LEARNERS = "MCR-002", "2025/26", 15
FILE = f"community-learning_{SENDER}_2025-26_2025-09-20.csv"


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    root = copy_city(tmp_path_factory.mktemp("city"))
    run(root)
    before = content((root / "var/releases/latest").resolve())
    send_early(root)
    return root, before, run(root)


def send_early(root):
    """Write the file: last year's first learners, on the same courses a year later."""
    (last,) = (root / f"data/raw/2024-25/{SENDER}").glob("*.csv")
    with last.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    folder = root / f"data/raw/2025-26/{SENDER}"
    folder.mkdir(parents=True)
    days = [names.index("start_date"), names.index("end_date")]
    with (folder / FILE).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for row in rows[:LEARNERS]:
            row[names.index("academic_year")] = YEAR
            for day in days:
                row[day] = re.sub(r"\d{4}$", lambda year: str(int(year[0]) + 1), row[day])
            writer.writerow(row)


def releases(root):
    return sorted(
        p.relative_to(root / "var/releases").as_posix() for p in (root / "var/releases").glob("*-*/*")
    )


def standing(root):
    return [
        r for r in Pipeline(Paths(root)).receipts() if (r.folder_year, r.state) == ("2025-26", "accepted")
    ]


def test_the_return_is_accepted_and_no_release_made_of_it(city):
    root, before, result = city
    assert len(standing(root)) == 1
    assert releases(root) == ["2024-25/1"]
    assert content((root / "var/releases/latest").resolve()) == before
    assert "The release is of 2024/25." in result.stdout
    # 15 of the charity's learners came; all of last year's at it are less than 1 % of the city's.
    said = r"  2025/26 waits: returns of less than 1 % of last year's learners stand \(80 % are enough\)\."
    assert re.search(said, result.stdout)


def test_nothing_of_it_is_rounded_or_noted_as_published(city):
    root, _, _ = city
    pipeline = Pipeline(Paths(root))
    last = pipeline.shelf.last_published()
    assert Published(pipeline, pipeline.policy.base).ledger(last).counts["academic_year"].max() == "2024/25"
    for file in (root / "var/build").glob("*.parquet"):
        columns = pl.read_parquet_schema(file)
        if "academic_year" in columns and file.stem not in ("academic_year", "coverage"):
            assert pl.read_parquet(file)["academic_year"].max() == "2024/25", file.name


def test_analysts_see_what_has_come_and_which_years_are_released(city):
    root, _, _ = city
    with duckdb.connect(Paths(root).analysts_database, read_only=True) as connection:
        years = connection.execute("SELECT academic_year, is_released FROM core.academic_year ORDER BY 1")
        assert years.fetchall() == [("2022/23", True), ("2023/24", True), ("2024/25", True), (YEAR, False)]
        count = "SELECT count(DISTINCT person_id) FROM core.enrolment WHERE academic_year = $1"
        assert connection.execute(count, [YEAR]).fetchall()[0][0] > 10


def test_the_citys_word_goes_before_and_an_empty_year_is_refused(city, tmp_path):
    root, _, _ = city
    file = root / "city.toml"
    text = file.read_text("utf-8")
    try:
        file.write_text(f'release_year = "2021/22"\n{text}', "utf-8")
        result = run(root, check=False)
    finally:
        file.write_text(text, "utf-8")
    assert result.returncode == 1
    assert 'city.toml: release_year = "2021/22": no return of that year stands; name a year' in result.stdout
    assert releases(root) == ["2024-25/1"]


def test_withdrawn_it_leaves_no_trace_either(city):
    """Last: it changes the city."""
    root, before, _ = city
    (early,) = standing(root)
    decision = (
        f'return_id = "{early.return_id}"\nreason = "Sent too early."\nwho = "Data team"\non = 2025-09-25\n'
    )
    (root / "data/decisions.toml").write_text(f"[[withdraw]]\n{decision}", "utf-8")
    result = run(root)
    assert standing(root) == []
    assert releases(root) == ["2024-25/1"]
    assert content((root / "var/releases/latest").resolve()) == before
    assert "waits" not in result.stdout
