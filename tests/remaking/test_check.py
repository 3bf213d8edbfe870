"""Every byte of a release is accounted for: what its own counts do not make is found."""

import json
import re
from random import Random

import pytest

from pipelines import cli
from pipelines.auditor.releases import Release
from pipelines.releases.manifests import MANIFEST, faults
from pipelines.remaking.check import check_files
from tests.conftest import REPOSITORY
from tests.remaking.conftest import list_again

PARTICIPATION, NOT_FOUND = "data/4_3_1_participation.csv", "data/4_1_4_not_found.csv"


def found(folder):
    return check_files(Release(folder))


def spoil(folder, name, old, new):
    """Change a file at one place, and let the manifest list it as it is then."""
    text = (folder / name).read_text("utf-8")
    assert re.search(old, text), (old, text[:2000])
    (folder / name).write_text(re.sub(old, new, text, count=1), "utf-8")
    list_again(folder)


def test_a_release_is_made_again_from_its_own_files_to_the_byte(folder):
    assert found(folder).remade
    assert found(folder).faults == ()


def test_there_is_something_of_everything_in_it(files):
    """Else what is made again would not be all that a release can have."""
    told = files[PARTICIPATION].decode() + files["data/local_retention.csv"].decode()
    for marker in (",[low],", ",[e],", ",[u],"):
        assert marker in told, marker
    assert ",[p]," in files["data/4_2_2_before_primary.csv"].decode()
    assert ",[x]," in files["data/local_community_learning.csv"].decode()
    for name in ("local_gap", "4_5_1_parity", "local_cold_spots", "strata", "alignment", "frameworks"):
        assert f"data/{name}.csv" in files


BOUND = r"(,18\.5,)(1[0-9.]+)(,[0-9.]+,)"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(PARTICIPATION, BOUND, r"\g<1>17.0\3", id="an interval"),
        pytest.param("data/4_5_1_parity.csv", r",(1\.[0-9]+),A,|,(1\.[0-9]+),D,", ",1.3125,D,", id="a ratio"),
        pytest.param("data/local_gap.csv", r",5\.0,", ",5.04,", id="a gap"),
        pytest.param("data/linkage.csv", r",1100,1100,1100,100,", ",1100,1100,1100,99,", id="a share"),
        pytest.param(PARTICIPATION, r"\A", "EXACT,", id="a column"),
        pytest.param(PARTICIPATION, r"\Z", "# 1849\n", id="a line after the last"),
        pytest.param(PARTICIPATION, r"\n\Z", "\n\n", id="a blank line"),
        pytest.param(PARTICIPATION, r"\A", "\ufeff", id="a byte order mark"),
        pytest.param(PARTICIPATION, r",185\b|,18\.5,", ",18.50,", id="more digits"),
        pytest.param(PARTICIPATION, r"(?s)\n([^\n]+)\n([^\n]+)\n\Z", r"\n\2\n\1\n", id="the order of rows"),
        pytest.param("data/strata.csv", r",700,", ",0700,", id="a number written otherwise"),
        pytest.param("data/frameworks.csv", r"\n", ",1849\n", id="what other frameworks ask for"),
        pytest.param("data/method.json", r'"base": 5', '"base": 5, "exact": 1849', id="the method"),
        pytest.param("data/codelists.csv", r"Female", "Female (1849)", id="the codes"),
        pytest.param(f"{PARTICIPATION}-metadata.json", r"Female", "Female (1849)", id="the metadata"),
        pytest.param("index.html", r"</body>", "<script>n=1849</script></body>", id="a script"),
        pytest.param("index.html", r"</body>", "<!-- 1849 --></body>", id="a comment"),
        pytest.param("goals.html", r"<h1>", '<h1 style="width:1849px">', id="a style"),
        pytest.param("4_3_1_participation.html", r"<meta ", '<meta name="n" content="9"><meta ', id="a meta"),
        pytest.param("linkage.html", r"1,100", "1,099", id="a number on a page"),
        pytest.param("population.html", r"383", "384", id="a population on a page"),
    ],
)  # fmt: skip
def test_what_does_not_follow_from_the_counts_is_found_though_the_manifest_lists_it(folder, name, old, new):
    spoil(folder, name, old, new)
    faults = found(folder).faults
    # A code has its label in the metadata of each file, too.
    assert any(name in fault for fault in faults) or (name == "data/codelists.csv" and len(faults) > 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("exact.csv", b"n\n1849\n"), ("data/exact.parquet", b"PAR1"), ("report.pdf", b"%PDF"),
        (".hidden", b""), ("chart.png", b"\x89PNG"), ("data/exact.xlsx", b"PK"), ("data/a/b.txt", b"x"),
    ],
)  # fmt: skip
def test_a_file_that_nobody_knows_is_found(folder, name, content):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    assert found(folder).faults == (f"{name}: not in the manifest",)
    list_again(folder)
    assert f"{name}: no file of a release" in found(folder).faults


def test_a_file_that_is_missing_is_found(folder):
    (folder / "goals.html").unlink()
    assert found(folder).faults == ("goals.html: missing",)
    list_again(folder)
    assert "goals.html: missing" in found(folder).faults


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"exact": 1849}, f"{MANIFEST}: says something else than follows from the published counts"),
        ({"steps": [{"step": "published", "by": "Ada", "n": "1849"}]}, "the steps of publication are not"),
        ({"steps": [{"step": "published", "by": 1849}]}, "the steps of publication are not as usual"),
        ({"steps": "1849"}, "the steps of publication are not as usual"),
        ({"school_ages": {}}, "school ages or coverage are not there, or not as usual"),
        ({"coverage": 1}, "school ages or coverage are not there, or not as usual"),
        ({"returns": {"2024/25": [1, 2, 3]}}, "something is not there, or not as usual"),
        ({"data_as_at": "soon"}, "something is not there, or not as usual"),
    ],
)
def test_what_the_manifest_may_not_say_is_found(folder, spoilt, says):
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(
        json.dumps(manifest | spoilt, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    assert any(says in fault for fault in found(folder).faults)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"title"', '"title": "1849 people",\n "title"'), ('{\n', '{ \n'), ('": "', '" : "')],
)  # fmt: skip
def test_nor_may_it_have_more_in_it_than_it_says(folder, old, new):
    """Of two entries of one name readers of JSON see the last; blanks can be counted."""
    text = (folder / MANIFEST).read_text("utf-8")
    (folder / MANIFEST).write_text(text.replace(old, new, 1), "utf-8")
    assert found(folder).faults == (f"{MANIFEST}: has more in it than it says",)


def test_who_published_it_may_be_added_to_the_manifest(folder):
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    steps = [{"step": "approved", "by": "Ada", "on": "2026-01-28"}, {"step": "published", "by": "Bob"}]
    text = json.dumps(manifest | {"steps": steps}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(f"{text}\n", "utf-8")
    assert found(folder).faults == ()


@pytest.mark.parametrize(
    "name", [PARTICIPATION, MANIFEST, "data/method.json", "data/linkage.csv", "data/codelists.csv"]
)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[1849]", b"{}", b"a,b\n1,2\n"])
def test_a_file_that_cannot_be_read_is_named_and_no_error_of_the_program(folder, name, content, capsys):
    (folder / name).write_bytes(content)
    if name != MANIFEST:
        list_again(folder)
    assert cli.main(["audit", str(folder)]) in (1, 2)
    out, err = capsys.readouterr()
    assert name in out + err
    assert "Bring" in err or "bring them back" in out


def test_of_other_code_it_is_compared_with_its_manifest(folder):
    spoil(folder, MANIFEST, r'"code_version": "[0-9a-f]+"', f'"code_version": "{"c" * 64}"')
    assert (found(folder).remade, found(folder).faults) == (False, ())
    (folder / "index.html").write_text("1849", "utf-8")
    assert found(folder).faults == ("index.html: changed",)


WAYS = {
    "a bit is turned": lambda content, at: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :],
    "a byte is gone": lambda content, at: content[:at] + content[at + 1 :],
    "a byte is new": lambda content, at: content[:at] + b"7" + content[at:],
    "the end is gone": lambda content, at: content[:at],
    "it goes on": lambda content, _: content + b"1849\n",
    "it is another": lambda *_: b"1849",
}


@pytest.mark.parametrize("seed", range(60))
def test_whatever_byte_is_changed_is_found_with_the_name_of_its_file(folder, seed):
    rng = Random(seed)
    name = rng.choice(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(WAYS[rng.choice(sorted(WAYS))](content, rng.randrange(len(content))))
    fault, *_ = faults(folder) or check_files(Release(folder)).faults
    # A manifest that is changed in its list says it of the file that it lists.
    assert fault.startswith(f"{name}: ") or name == MANIFEST
    assert REPOSITORY.as_posix() not in fault
