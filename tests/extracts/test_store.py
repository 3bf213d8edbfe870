"""What the store reads a return again for: whatever decides about it, and nothing else."""

import shutil
from pathlib import Path

import pytest

from pipelines import extracts
from pipelines.extracts.store import code_version, version_of

FOLDER = Path(extracts.__file__).parent
FOLDERS = sorted({file.parent.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.py")})


@pytest.fixture
def code(tmp_path):
    """A copy of the code that reads and judges."""
    shutil.copytree(FOLDER, tmp_path / "extracts", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "extracts"


def test_the_version_is_that_of_the_code(code):
    assert version_of(code) == code_version()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_rule_that_is_edited_is_applied_at_the_next_run(code, folder):
    """In every folder: rules of the ILR have one of their own."""
    assert "ilr_rules" in FOLDERS
    before = version_of(code)
    file = max((code / folder).glob("*.py"), key=lambda file: file.stat().st_size)
    file.write_text(file.read_text("utf-8") + "\nEDITED = True\n", "utf-8")
    assert version_of(code) != before


def test_a_list_that_is_edited_is_applied_too(code):
    before = version_of(code)
    (file,) = code.glob("*.csv")
    file.write_text(file.read_text("utf-8") + "x\n", "utf-8")
    assert version_of(code) != before


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_comment_that_is_edited_re_reads_nothing(code, folder):
    before = version_of(code)
    for file in (code / folder).glob("*.py"):
        file.write_text("# A comment.\n" + file.read_text("utf-8"), "utf-8")
    assert version_of(code) == before
