"""The audit of a release on disk: what it reads, and each thing that it must not overlook."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest

from pipelines import cli
from pipelines.auditor.audit import DEFINITIONS, audit
from pipelines.auditor.beliefs import last_of_each_revision
from pipelines.auditor.definitions import UnknownTableError
from pipelines.auditor.knowledge import KnownTotalsError, read_known
from pipelines.auditor.releases import Release, UnreadableReleaseError, releases_before
from pipelines.auditor.report import as_text
from pipelines.disclosure.counts import shapes_of
from pipelines.disclosure.linkage import LINKAGE_SCHEMA
from pipelines.disclosure.method import described
from pipelines.disclosure.policy import PolicyError
from pipelines.indicators.bands import Band
from pipelines.publication.facts import YearFacts
from pipelines.publication.release import files_of
from pipelines.releases.folders import write_folder
from pipelines.releasing import ExposedError, refuse_exposed, refuse_unversioned
from tests.conftest import CATALOGUE, POLICY, REPOSITORY

LINKAGE = pl.DataFrame(
    [
        ("2024/25", "_T", None, "_T", 6200, 6195, 6210),
        ("2024/25", "_T", None, "uln", 5800, 5800, 5800),
        ("2024/25", "_T", None, "names", 400, 395, 410),
        ("2024/25", "10", "A College", "_T", 1100, 1100, 1100),
        ("2024/25", "10", "A College", "uln", 750, 750, 750),
        ("2024/25", "10", "A College", "names", 350, 350, 350),
    ],
    schema=LINKAGE_SCHEMA,
    orient="row",
)


@pytest.fixture
def facts(facts):
    return replace(facts, method=described(shapes_of(CATALOGUE, POLICY), CATALOGUE, POLICY))


def publish(published, linkage, catalogue, facts, releases):
    """Put the next release of its year into a folder of releases."""
    year = releases / "2024-25"
    folder = year / str(1 + len(list(year.glob("*"))))
    write_folder(folder, files_of(published, linkage, catalogue, facts))
    return folder


@pytest.fixture
def folder(published, catalogue, facts, tmp_path):
    return publish(published, LINKAGE, catalogue, facts, tmp_path / "releases")


def spoil(folder, name, old, new):
    """Change a file of a release at one place."""
    text = (folder / name).read_text("utf-8")
    assert re.search(old, text), old
    (folder / name).write_text(re.sub(old, new, text, count=1), "utf-8")


def test_a_protected_release_is_safe(folder):
    verdict = audit(Release(folder), every=True)
    assert verdict.safe
    assert [(year.year, year.proved, year.exposed) for year in verdict.years] == [
        (year, True, []) for year in sorted(Release(folder).years)
    ]
    assert all(year.attacked > 0 for year in verdict.years)
    assert "SAFE" in as_text(verdict).splitlines()[0]
    assert "NOT SAFE" not in as_text(verdict)


def test_everything_that_is_counted_is_read(folder, published):
    """Each figure in the data has its count, its bounds and, of a ratio, what is below the line."""
    read = sum(len(cells) for tables in Release(folder).years.values() for cells in tables.values())
    counted = published.filter(base_indicator="_T")
    ratios = [k for k, indicator in CATALOGUE.items() if indicator.formula == "ratio"]
    below = counted.filter(pl.col("indicator").is_in(ratios)).height
    assert read == 3 * counted.height + below + 3 * LINKAGE.height


def test_a_withheld_rate_is_read_as_nothing_and_not_as_nobody(published, catalogue, facts, tmp_path):
    """Its population stays printed. As a count of 0 it would contradict what is within it."""
    of_it = pl.col("indicator") == "4_3_1_participation"
    counts = ("numerator", "numerator_low", "numerator_high", "value", "lower", "upper", "ratio")
    withheld = published.with_columns(
        *(pl.when(~of_it).then(name).alias(name) for name in counts),
        markers=pl.when(of_it).then(pl.lit("[x]")).otherwise("markers"),
    )
    assert withheld.filter(of_it)["denominator"].null_count() == 0
    release = Release(publish(withheld, LINKAGE, catalogue, facts, tmp_path / "releases"))
    read = {indicator for tables in release.years.values() for indicator, _ in tables}
    others = published.filter(~of_it, base_indicator="_T")
    assert read == {*others["indicator"], "linkage"}
    assert audit(release).safe


def test_an_exact_count_is_found(folder):
    spoil(folder, "data/local_learners.csv", r",5000,4995,5010,", ",4998,4995,5010,")
    verdict = audit(Release(folder))
    assert any("local_learners.csv" in leak and "no multiples of 5" in leak for leak in verdict.leaks)
    assert not verdict.safe


def test_a_share_of_exact_counts_is_found(folder):
    """Rounded counts beside a rate of exact ones give the exact ones back."""
    spoil(folder, "data/4_2_2_before_primary.csv", r",98.0,", ",98.2,")
    assert audit(Release(folder)).leaks[0] == (
        "data/4_2_2_before_primary.csv: 1 figures do not follow from the published counts"
    )


@pytest.mark.parametrize("hidden", ["<td>1237</td>", '<td title="1,237">x</td>', '<td data-n="1237">x</td>'])
def test_a_number_on_a_page_that_no_data_has_is_found(folder, hidden):
    spoil(folder, "index.html", "</table>", f"<tr>{hidden}</tr></table>")
    assert audit(Release(folder)).leaks == ["index.html: 1 numbers in tables are in no data file"]


def test_an_exact_count_in_the_place_of_a_population_is_found(folder):
    """Women and men of 15 to 64 are 5,000 each, of 10,000: with 1,237 men, nobody adds up."""
    spoil(folder, "data/4_3_1_participation.csv", r"(15-64,M,.*?,8[0-9]{2},8[0-9]{2},)5000,", r"\g<1>1237,")
    assert any(
        "1 populations are not the sum of their parts" in leak for leak in audit(Release(folder)).leaks
    )


def test_residents_of_one_kind_are_one_number(published, catalogue, facts, tmp_path):
    of_learning = pl.col("indicator") == "local_community_learning"
    people = published.filter(indicator="4_3_1_participation", age="65+").with_columns(
        indicator=pl.lit("local_community_learning"), denominator=pl.col("denominator") + 3
    )
    folder = publish(
        pl.concat([published.filter(~of_learning), people]), LINKAGE, catalogue, facts, tmp_path / "releases"
    )
    assert "data, 2024/25: 1 populations are two numbers" in audit(Release(folder)).leaks


@pytest.mark.parametrize("key_id", ["", "9bf8d7c0"])
def test_rounding_under_no_secret_is_found(folder, key_id):
    """The canary of the dropped secret. 9bf8d7c0 begins HMAC-SHA-256 of `key id` under an empty key."""
    spoil(folder, "manifest.json", r'"key_id": "[^"]*"', f'"key_id": "{key_id}"')
    assert "no secret" in audit(Release(folder)).leaks[0]


def test_a_count_that_does_not_add_up_is_found_and_said(folder):
    """With 5,500 in the city, of whom 5,000 learn, nobody adds up."""
    spoil(folder, "data/local_learners.csv", r",4900,4900,4900,", ",5500,5500,5500,")
    (year, *_) = [year for year in audit(Release(folder)).years if not year.proved]
    assert "local_learners" in {exposed.where.name[0] for exposed in year.exposed}
    report = as_text(audit(Release(folder)))
    assert "NOT SAFE" in report.splitlines()[0]
    assert "contradicts the others: it was not rounded as the method says" in report
    assert "Do not publish it." in report


# Releases one after the other


def fallen(published, by=5):
    """Return the published table with one count less: bounds, figure and all."""
    of_it = (pl.col("indicator") == "local_learners") & (pl.col("place") == "elsewhere")
    less = (pl.when(of_it).then(pl.col(n) - by).otherwise(n).alias(n) for n in COUNTED)
    return published.with_columns(less)


COUNTED = ("numerator", "numerator_low", "numerator_high", "value", "lower", "upper")
YEARS = ("2022/23", "2023/24", "2024/25")


def told(facts, revised_in, *returns):
    """Return facts that say in which release all years were last revised, and that these returns stand."""
    years = dict.fromkeys(YEARS, YearFacts(revised_in, "2025-10-16"))
    inputs = [
        {"collection": "ilr", "provider": p, "academic_year": "2024/25", "files": {"a.xml": digest}}
        for p, digest in returns
    ]
    return replace(facts, years=years, inputs=inputs)


def exposed(later):
    verdict = audit(Release(later), releases_before(Release(later)))
    found = [e for year in verdict.years for e in year.exposed if e.where.name[1] == "numerator"]
    return {(e.where.release, e.least, e.most) for e in found}


def test_a_year_that_no_manifest_says_was_revised_is_the_same(published, catalogue, facts, tmp_path):
    """250 stands for 246 to 254, 245 for 241 to 249; who takes them for the same has four numbers left."""
    releases, same = tmp_path / "releases", told(facts, "2024-25/1", ("10", "a"))
    publish(published, LINKAGE, catalogue, same, releases)
    later = publish(fallen(published), LINKAGE, catalogue, same, releases)
    before = releases_before(Release(later))
    assert [release.name for release in before] == ["2024-25/1"]
    assert exposed(later) >= {("2024-25/1", 246, 249), ("2024-25/2", 246, 249)}
    assert "together with 2024-25/1" in as_text(audit(Release(later), before))


def test_a_year_that_was_revised_differs_by_no_more_people_than_the_returns_that_differ_have(
    published, catalogue, facts, tmp_path
):
    """Provider 11 has 10 learners, 6 to 14 in truth: twenty fewer are too many, and ten are not."""
    linkage = pl.concat(
        [LINKAGE, LINKAGE[-1:].with_columns(provider_id=pl.lit("11"), linked_by=pl.lit("_T"))]
    )
    ten = (
        pl.when(provider_id="11").then(10).otherwise(n).alias(n)
        for n in ("persons", "persons_low", "persons_high")
    )
    linkage = linkage.with_columns(ten)
    releases = tmp_path / "releases"
    first = told(facts, "2024-25/1", ("10", "a"), ("11", "b"))
    publish(published, linkage, catalogue, first, releases)
    corrected = told(facts, "2024-25/2", ("10", "a"), ("11", "c"))
    assert exposed(publish(fallen(published, by=10), linkage, catalogue, corrected, releases)) == set()
    # At most 14 left: 250 stands for 246 at least, and 230 for 234 at most: 246 to 248, and 232 to 234.
    too_many = publish(fallen(published, by=20), linkage, catalogue, corrected, releases)
    assert ("2024-25/1", 246, 248) in exposed(too_many)
    # Of a provider that is not told apart nobody knows how many it has; under another code all may differ.
    unknown = told(facts, "2024-25/4", ("10", "a"), ("12", "c"))
    assert exposed(publish(fallen(published, by=20), linkage, catalogue, unknown, releases)) == set()
    other_code = replace(told(facts, "2024-25/5", ("10", "a"), ("11", "c")), code_version="d" * 64)
    assert exposed(publish(fallen(published, by=20), linkage, catalogue, other_code, releases)) == set()


def test_of_releases_that_repeat_a_year_the_last_is_put_together(published, catalogue, facts, tmp_path):
    """Two releases have the first revision of each year, one the second: what says the same is read once."""
    releases = tmp_path / "releases"
    for revised_in in ("2024-25/1", "2024-25/1", "2024-25/3", "2024-25/3"):
        publish(published, LINKAGE, catalogue, told(facts, revised_in, ("10", revised_in)), releases)
    last = Release(releases / "2024-25" / "4")
    found = last_of_each_revision(releases_before(last), "2024/25", 5)
    assert [release.name for release in found] == ["2024-25/2", "2024-25/3"]
    assert last_of_each_revision(releases_before(last), "2024/25", 3) == []
    assert last_of_each_revision(releases_before(last), "2019/20", 5) == []


def test_alone_it_is_safe_for_people_may_have_left(published, catalogue, facts, tmp_path, capsys):
    releases, same = tmp_path / "releases", told(facts, "2024-25/1", ("10", "a"))
    publish(published, LINKAGE, catalogue, same, releases)
    later = publish(fallen(published), LINKAGE, catalogue, same, releases)
    assert audit(Release(later)).safe
    assert cli.main(["audit", "--alone", str(later)]) == 0
    assert cli.main(["audit", str(later)]) == 1
    assert "together with 2024-25/1" in capsys.readouterr().out


def test_releases_before_are_all_that_were_published_before_withdrawn_ones_too(tmp_path):
    for name in (
        "releases/2022-23/1", "releases/2023-24/9", "withdrawn/2023-24/10", "releases/2024-25/1",
        "releases/2024-25/2", "releases/2025-26/1", "candidates/2024-25/3.1/release",
    ):  # fmt: skip
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "data" / "method.json").write_text("{}")
    second = Release(tmp_path / "releases" / "2024-25" / "2")
    assert [r.name for r in releases_before(second)] == ["2022-23/1", "2023-24/9", "2023-24/10", "2024-25/1"]
    candidate = Release(tmp_path / "candidates" / "2024-25" / "3.1" / "release")
    assert candidate.name == "2024-25/3.1"
    assert [r.name for r in releases_before(candidate)] == [
        "2022-23/1", "2023-24/9", "2023-24/10", "2024-25/1", "2024-25/2", "2025-26/1",
    ]  # fmt: skip


# The door


def test_an_exposed_release_is_refused(published, catalogue, facts, tmp_path):
    spoilt = published.with_columns(
        pl.when(pl.col("indicator") == "local_learners").then(pl.col("numerator") + 1).otherwise("numerator")
        .alias("numerator")
    )  # fmt: skip
    folder = publish(spoilt, LINKAGE, catalogue, facts, tmp_path / "releases")
    with pytest.raises(ExposedError, match="no multiples of 5"):
        refuse_exposed(Release(folder), tmp_path / "none")


def test_nor_does_one_that_others_publish_too_much_of(folder, tmp_path):
    """250 learn elsewhere and 4,900 here, of 5,000: with 5,004 public, nobody is told; a wrong list is."""
    listed = tmp_path / "known_totals.csv"
    head = "academic_year,indicator,age,sex,breakdown,category,least,most,source\n"
    listed.write_text(f"{head}2024/25,local_learners,_T,_T,_T,_T,5004,5004,DfE\n", "utf-8")
    verdict = refuse_exposed(Release(folder), listed)
    assert [(year.year, year.known, year.proved) for year in verdict.years if year.known] == [
        ("2024/25", 1, False)
    ]
    assert "with what others publish (1)" in as_text(verdict)
    listed.write_text(f"{head}2024/25,local_learners,_T,_T,_T,_T,4990,4990,DfE\n", "utf-8")
    with pytest.raises(KnownTotalsError, match="line 2"):
        refuse_exposed(Release(folder), listed)
    assert cli.main(["audit", str(folder), "--known", str(listed)]) == 2


def test_beside_a_public_count_every_other_of_its_table_is_attacked(folder, tmp_path, monkeypatch):
    """What can be taken from a public count is found in its own table, however large it is."""
    monkeypatch.setattr("pipelines.auditor.audit.SMALLEST", 0)
    listed = tmp_path / "known_totals.csv"
    listed.write_text(
        "academic_year,indicator,age,sex,breakdown,category,least,most,source\n"
        "2024/25,local_learners,_T,_T,_T,_T,5004,5004,DfE\n",
        "utf-8",
    )
    verdict = audit(Release(folder), known=read_known(listed, Release(folder)))
    counts = Release(folder).years["2024/25"]
    (year,) = [year for year in verdict.years if year.known]
    of_table = sum(len(cells) for (of, _), cells in counts.items() if of == "local_learners")
    assert year.attacked >= of_table


def method(version, **decided):
    """Return what a release says of its method under a policy."""
    policy = POLICY.model_copy(update={"version": version, **decided})
    return described(shapes_of(CATALOGUE, policy), CATALOGUE, policy)


def test_a_policy_that_is_changed_has_another_version(folder, tmp_path):
    """The release in place is under the bundled policy."""
    now = POLICY.version
    refuse_unversioned(folder, method(now))
    refuse_unversioned(folder, method(now + 1, base=10))
    refuse_unversioned(tmp_path / "none", method(now, base=10))
    with pytest.raises(PolicyError, match=f"still version {now}: raise it"):
        refuse_unversioned(folder, method(now, smallest_base=30))


def test_the_command_says_what_it_found(folder, capsys):
    assert cli.main(["audit", str(folder)]) == 0
    assert "Nothing stands in the way" in capsys.readouterr().out
    spoil(folder, "data/local_learners.csv", r",5000,4995,5010,", ",4998,4995,5010,")
    assert cli.main(["audit", str(folder)]) == 1
    assert cli.main(["audit", str(folder.parent)]) == 2
    assert "has no data/method.json" in capsys.readouterr().err
    with pytest.raises(UnreadableReleaseError):
        audit(Release(folder.parent))


def test_it_loads_nothing_that_an_outsider_has_not():
    """Asked of a fresh interpreter, so that an import of an import counts as well."""
    names = "pipelines.auditor.audit, pipelines.auditor.report"
    script = f"import sys, {names}; sys.stdout.write(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    ours = {name for name in loaded if name.startswith("pipelines.") and name.count(".") > 1}
    assert ours <= {
        *(
            f"pipelines.auditor.{name}"
            for name in (
                "attack",
                "audit",
                "beliefs",
                "definitions",
                "equations",
                "followed",
                "groups",
                "knowledge",
                "leaks",
                "releases",
                "report",
            )
        ),
        "pipelines.disclosure.programs",
        *(f"pipelines.indicators.{name}" for name in ("bands", "terms")),
    }
    assert not {"duckdb", "polars"} & set(loaded)


def test_the_method_says_how_counts_lie_to_each_other(folder):
    method = json.loads((folder / "data" / "method.json").read_text("utf-8"))
    assert (method["base"], method["protection_interval"]) == (POLICY.base, POLICY.protection_interval)
    shapes, tables = shapes_of(CATALOGUE, POLICY), method["tables"]
    assert set(tables) == {*(key for key, indicator in CATALOGUE.items() if indicator.ages), "linkage"}
    for key, table in tables.items():
        shape = shapes[key]
        assert {code: ages and Band(*ages) for code, ages in table["ages"].items()} == shape.bands
        assert (set(table["parting"]), set(table["covering"])) == (shape.parting, shape.covering)
        assert (table["above"], table["below"]) == (shape.of_bands or shape.above, shape.below)
        assert {
            name: tuple(pair) for name, pair in method["crossed"].items()
        }.items() >= shape.crossed.items()
    nested = {child: (said["within"], said["parents"]) for child, said in method["nested"].items()}
    assert nested == shapes["4_3_1_participation"].nested


def test_every_table_is_of_people_whom_the_auditor_knows():
    """An indicator that it has not read the definition of is refused, and not passed over."""
    for key, table in described(shapes_of(CATALOGUE, POLICY), CATALOGUE, POLICY)["tables"].items():
        for part in ("numerator", "denominator") if table["denominator_is_a_count"] else ("numerator",):
            assert DEFINITIONS.side(key, part).facts
    with pytest.raises(UnknownTableError, match="local_chess, numerator: the auditor has no definition"):
        DEFINITIONS.side("local_chess", "numerator")
