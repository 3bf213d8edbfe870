"""The catalogue refuses an indicator that claims what it cannot."""

import shutil

import polars as pl
import pytest
import yaml

from pipelines.indicators.catalogue import CatalogueError, read_catalogue
from pipelines.indicators.goals import read_goals
from pipelines.indicators.not_measured import read_not_measured
from tests.conftest import CATALOGUE, CITY, REPOSITORY, SHARED

FOLDER = REPOSITORY / "sql" / "indicators"
RATE = yaml.safe_load((FOLDER / "4_3_1_participation.yml").read_text("utf-8"))
PARITY = yaml.safe_load((FOLDER / "4_5_1_parity.yml").read_text("utf-8"))


def read(folder, sql=True, **changes):
    entry = {k: v for k, v in {**RATE, **changes}.items() if v is not None}
    (folder / "rate.yml").write_text(yaml.safe_dump(entry), "utf-8")
    if sql:
        (folder / "rate.sql").write_text("select 1", "utf-8")
    return read_catalogue(folder, CITY.school_ages)


@pytest.fixture
def tmp_path(tmp_path):
    """Return a folder of indicators, beside which the groups of people lie."""
    shutil.copy(FOLDER.parent / "who.yml", tmp_path)
    (tmp_path / "indicators").mkdir()
    return tmp_path / "indicators"


POINT = {"year": "2024/25", "value": 1, "source": "s"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"denominator_basis": "provider"}, "one residence basis"),  # acceptance test T4
        ({"denominator_basis": None}, "residence basis"),
        ({"denominator": None}, "names its denominator"),
        ({"obs_status": "A"}, "never carries OBS_STATUS A"),  # acceptance test T12
        ({"claim": "local"}, "starts with MCR_"),
        ({"formula": "parity"}, "what it is made of"),
        ({"formula": "gradient"}, "what it is made of"),
        ({"expectancy": {"of": ["x"], "first": 5, "last": 24}}, "what it is made of"),
        ({"breakdowns": ["shoe_size"], "crossed": None}, "shoe_size"),
        ({"whole_of": {"shoe_size": "45"}}, "shoe_size"),
        ({"only": {"theme": ["chess"]}}, "counts only in some categories of no breakdown: theme"),
        ({"ages": ["15-24", "toddlers"]}, "toddlers"),
        ({"ages": [{"band": "15-24", "uiss": "X"}]}, "uiss"),
        ({"aim": POINT}, "measured from a baseline"),
        ({"aim": POINT, "baseline": POINT}, "another value"),
        ({"aim": POINT | {"value": 9}, "baseline": POINT}, "of a later year"),
        ({"aim": POINT | {"year": "2030"}, "baseline": POINT}, "year"),
        ({"clusters": ["literacy"] * 3}, "clusters"),
        ({"serves": [{"framework": "a league table", "code": "1", "title": "t"}]}, "framework"),
        ({"ages": None}, "says in which ages"),
        ({"crossed": ["level"]}, "crossed with sex"),
        ({"headlin": {}}, "headlin"),
        ({"who": {"above": "nobody in particular"}}, "who.yml has no group nobody in particular"),
        ({"can_say": ""}, "can_say"),
        ({"finding": "{value} in {month}"}, "{value} and {year}"),
        ({"finding": "Much."}, "{value} and {year}"),
    ],
)
def test_a_faulty_entry_is_refused_by_file_and_fault(tmp_path, changes, says):
    with pytest.raises(CatalogueError, match=r"rate\.yml") as error:
        read(tmp_path, **changes)
    assert says in str(error.value)


PLACES = {"dimension": "place", "disadvantaged": "city", "advantaged": "elsewhere", "label": "x"}
OFFICIAL = {
    "of": "4_3_1_participation", "comparison": "F/M", "series": "SE_GPI_PART", "obs_status": "D"
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "key", "changes", "says"),
    [
        ("local_cold_spots", "standardised", {"ages": ["25-34", "35-44"]}, "do not make up 25-64"),
        ("local_cold_spots", "standardised", {"ages": ["25-54", "45-54", "55-64"]}, "do not make up 25-64"),
        ("local_cold_spots", "standardised", {"age": "_T"}, "not counted by _T"),
        ("local_cold_spots", "standardised", {"ages": ["25-34", "35-64"]}, "not counted by 35-64"),
        ("local_gradient", "gradient", {"ages": ["15-23"]}, "not counted by 15-23"),
        ("local_gradient", "gradient", {"dimension": "theme"}, "not counted by theme"),
        ("uis_school_life_expectancy", "expectancy", {"first": 2}, "not counted by 2"),
        ("local_gap", "gap", {"comparisons": [PLACES]}, "by none of the groups"),
        ("4_5_1_parity", "parity", {"comparisons": [PLACES]}, "by none of the groups"),
        ("4_5_1_parity", "parity", {"official": [OFFICIAL | {"age": "15-23"}]}, "not counted by 15-23"),
    ],
)
def test_a_figure_made_of_ages_that_are_not_counted_is_refused(tmp_path, name, key, changes, says):
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    file = tmp_path / f"{name}.yml"
    entry = yaml.safe_load(file.read_text("utf-8"))
    read_catalogue(tmp_path, CITY.school_ages)
    file.write_text(yaml.safe_dump(entry | {key: entry[key] | changes}), "utf-8")
    with pytest.raises(CatalogueError, match=rf"{name}\.yml: .*{says}"):
        read_catalogue(tmp_path, CITY.school_ages)


def test_gaps_are_of_percentages(tmp_path):
    """Learners of a thousand residents are none."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "local_gap.yml"
    entry = yaml.safe_load(file.read_text("utf-8"))
    of = ["local_community_learning"]
    labels = dict.fromkeys(of, "Community learning")
    file.write_text(yaml.safe_dump(entry | {"labels": labels, "gap": entry["gap"] | {"of": of}}), "utf-8")
    with pytest.raises(CatalogueError, match=r"local_gap\.yml: local_community_learning is no percentage"):
        read_catalogue(tmp_path, CITY.school_ages)


def test_files_come_in_pairs(tmp_path):
    with pytest.raises(CatalogueError, match=r"lacks an \.sql"):
        read(tmp_path, sql=False)
    read(tmp_path)
    (tmp_path / "other.sql").write_text("select 1", "utf-8")
    with pytest.raises(CatalogueError, match=r"no \.yml beside other"):
        read(tmp_path)


def test_a_parity_index_has_no_sql_and_compares_what_is_there(tmp_path):
    (tmp_path / "parity.yml").write_text(yaml.safe_dump(PARITY), "utf-8")
    with pytest.raises(CatalogueError, match="no such indicator: 4_1_2"):
        read_catalogue(tmp_path, CITY.school_ages)
    (tmp_path / "parity.sql").write_text("select 1", "utf-8")
    with pytest.raises(CatalogueError, match=r"has an \.sql"):
        read_catalogue(tmp_path, CITY.school_ages)


def test_un_series_are_only_those_of_the_global_framework():
    """Acceptance test T11: everything else is local and starts with MCR_ (methodology 3.3)."""
    series = {i.series for i in CATALOGUE.values()}
    series |= {o.series for i in CATALOGUE.values() if i.parity for o in i.parity.official}
    assert {s for s in series if not s.startswith("MCR_")} == {
        "SE_PRE_PARTN",
        "SE_TOT_CPLR",
        "SE_ADT_EDUCTRN",
        "SE_GPI_PTNPRE",
        "SE_GPI_PART",
        "SE_AGP_CPRA",
    }


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"code": "4.4.1", "title": "Skills"}, "reason"),
        ({"code": "4.4.1", "title": "Skills", "reason": "A survey.", "instead": ["no_such"]}, "no_such"),
        ({"code": "4.4.1", "title": "Skills", "reason": "A survey.", "why": ""}, "why"),
    ],
)
def test_what_is_not_measured_says_why_and_what_stands_instead(tmp_path, entry, says):
    (tmp_path / "not_measured.yml").write_text(yaml.safe_dump([entry]), "utf-8")
    with pytest.raises(CatalogueError, match=rf"not_measured\.yml: [\s\S]*{says}"):
        read_not_measured(tmp_path, CATALOGUE)


INDICATORS = SHARED / "indicators.csv"


@pytest.mark.skipif(not INDICATORS.exists(), reason="the methodology's list of indicators is not beside")
def test_as_many_are_not_measured_as_the_methodology_says():
    rows = pl.read_csv(INDICATORS, infer_schema=False)
    assert len(read_not_measured(FOLDER.parent, CATALOGUE)) == rows.filter(emit="no").height


GOALS = yaml.safe_load((FOLDER.parent / "goals.yml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("goals", "says"),
    [
        (GOALS[:16], "1 to 17"),
        ([*GOALS[:16], GOALS[15]], "1 to 17"),
        ([GOALS[0] | {"by": []}, *GOALS[1:]], "goal 1: "),
        ([GOALS[0], GOALS[1] | {"by": ["local_gradient"]}, *GOALS[2:]], "goal 2: "),
        ([GOALS[0] | {"by": ["no_such"]}, *GOALS[1:]], "no_such"),
        ([GOALS[0] | {"whi": ""}, *GOALS[1:]], "whi"),
    ],
)
def test_the_goals_are_seventeen_and_say_by_which_indicators(tmp_path, goals, says):
    (tmp_path / "goals.yml").write_text(yaml.safe_dump(goals), "utf-8")
    with pytest.raises(CatalogueError, match=rf"goals\.yml: [\s\S]*{says}"):
        read_goals(tmp_path, CATALOGUE)


def test_categories_in_which_an_indicator_counts_are_in_the_lists():
    """A slip of the pen would leave nothing."""
    lists = pl.read_csv(FOLDER.parents[1] / "data/reference/category.csv").select("dimension", "code")
    themes = pl.read_csv(FOLDER.parents[1] / "data/reference/theme.csv").select(
        dimension=pl.lit("theme"), code="theme"
    )
    known = set(pl.concat([lists, themes]).iter_rows())
    named = {(d, code) for i in CATALOGUE.values() for d, codes in i.only.items() for code in codes}
    assert named
    assert named <= known
