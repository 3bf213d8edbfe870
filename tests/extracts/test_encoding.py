"""Names that older programs saved are read as they were written; the encoding is told by the words alone."""

import random

import pytest

from pipelines.extracts.encoding import MAC, UTF8, WINDOWS, encoding_of
from pipelines.extracts.returns import Refused

NAMES = (
    "José", "Zoë", "Siân", "François", "Agnès", "Renée", "Seán", "Chloë", "André", "Ñandú", "Élodie",
    "RENÉE", "Noël", "Zsófia", "Öçalan", "Über", "JOSÉ", "GÓMEZ", "Gómez", "Muñoz", "Desirée", "Hélène",
    "Inès", "Gráinne", "Pádraig", "Åsa", "Søren", "João", "Gonçalves", "naïve", "Cœur", "Súilleabháin",
    "Müller", "Lefèvre",
)  # fmt: skip
TOLD_BY_NOTHING = ("ZOË", "Íde", "Ruairí", "Björn", "María", "O’Brien")
"""On a Mac; by themselves they could be words of Windows, too."""


@pytest.fixture
def read_as(tmp_path):
    def run(encoding: str, *names: str) -> str:
        file = tmp_path / "names.csv"
        file.write_text("\n".join(["name,day", *(f"{name},Monday" for name in names)]), encoding)
        return encoding_of(file)

    return run


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", [UTF8, WINDOWS, MAC])
def test_one_name_tells(read_as, encoding, name):
    assert read_as(encoding, name) == encoding


@pytest.mark.parametrize("name", TOLD_BY_NOTHING)
def test_what_nothing_tells_is_taken_for_what_is_more_frequent(read_as, name):
    assert read_as(MAC, name) == read_as(WINDOWS, name) == WINDOWS


@pytest.mark.parametrize("encoding", [WINDOWS, MAC])
@pytest.mark.parametrize("seed", range(50))
def test_five_names_tell_whatever_they_are(read_as, encoding, seed):
    names = random.Random(seed).sample([*NAMES, *TOLD_BY_NOTHING], 5)
    assert read_as(encoding, *names) == encoding


def test_the_words_of_a_large_file_are_read_to_the_end(tmp_path):
    file = tmp_path / "names.csv"
    file.write_bytes(b"name\n" + b"Anna\n" * 400_000 + "Muñoz\n".encode(MAC))
    assert encoding_of(file) == MAC


def test_no_words_are_no_text(tmp_path):
    file = tmp_path / "names.csv"
    file.write_bytes(b"name\n" + random.Random(1).randbytes(4000).replace(b"\0", b""))
    with pytest.raises(Refused, match="encoding"):
        encoding_of(file)
