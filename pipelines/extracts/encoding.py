"""How the bytes of a text file are to be read: UTF-8, or as older office programs save, which is guessed.

Those write Windows-1252, on a Mac Mac Roman. Nothing in the file says which: its words do. Read in the wrong
one, José is JosŽ or JosÈ, which nobody writes.
"""

import codecs
import math
import re
from collections.abc import Iterable
from pathlib import Path

from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule

ENCODING = FileRule(
    "encoding",
    "The file is not plain text in UTF-8, nor in an older encoding that can be told.",
    "Open it in the program that made it and save it as CSV UTF-8.",
)

UTF8, WINDOWS, MAC = "utf-8", "cp1252", "mac_roman"
_CHUNK = 1 << 20
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_ENOUGH = 10_000
"""So many different words tell."""
_MOST_ODD = 0.1
"""Share of words that may be odd."""
_LETTERS = frozenset("àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿœšžß")
_WITHIN, _AFTER, _BEFORE = frozenset("’"), frozenset("’”…–—°"), frozenset("“‘£€–—…")
"""Other signs that stand within a word, after one, or before one."""


def encoding_of(file: Path) -> str:
    """Return how a file's bytes are to be read, after a look at all of them.

    Text that begins as UTF-8 and then is none has been cut off or glued together: as Windows-1252 all its
    accents would be read wrongly, so it is refused.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    accents = windows = False
    with file.open("rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            if b"\0" in chunk:
                raise Refused(ENCODING)
            if not windows:
                text, windows = _decode(decoder, chunk)
                accents = accents or not text.isascii()
    if not windows:
        windows = _decode(decoder, b"", final=True)[1]
    if not windows:
        return UTF8
    if accents:
        raise Refused(ENCODING)
    return _guessed(file)


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> tuple[str, bool]:
    """Return the text of a chunk up to what is none, and whether there is any."""
    try:
        return decoder.decode(chunk, final), False
    except UnicodeDecodeError as error:
        return error.object[: error.start].decode(), True


def _guessed(file: Path) -> str:
    """Return in which older encoding a file was saved, so far as its words tell.

    Raises:
        Refused: they make sense in none.
    """
    words: set[bytes] = set()
    with file.open("rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            words.update(_WORD.findall(chunk + stream.readline(_CHUNK)))
            if len(words) > _ENOUGH:
                break
    odd = {encoding: _odd(words, encoding) for encoding in (WINDOWS, MAC)}
    likeliest = min(odd, key=odd.__getitem__)
    if odd[likeliest] > len(words) * _MOST_ODD:
        raise Refused(ENCODING)
    return likeliest


def _odd(words: Iterable[bytes], encoding: str) -> float:
    """Return how many words nobody writes, read in an encoding; no end where it lacks one of their bytes."""
    try:
        return sum(map(_is_odd, (word.decode(encoding) for word in words)))
    except UnicodeDecodeError:
        return math.inf


def _is_odd(word: str) -> bool:
    padded = f" {word} "
    return any(
        not sign.isascii() and _is_misplaced(before, sign, after)
        for before, sign, after in zip(padded, word, padded[2:], strict=False)
    )


def _is_misplaced(before: str, sign: str, after: str) -> bool:
    """Say whether nobody writes a sign between these two: a capital after a small letter, say."""
    if sign.lower() in _LETTERS:
        # Words that are written in capitals stay so; one that is not has a capital at its beginning alone.
        if sign.isupper():
            return before.islower() or (before.isupper() and after.islower())
        return before.isupper() and after.isupper()
    if before.isalpha() and after.isalpha():
        return sign not in _WITHIN
    if before.isalpha():
        return sign not in _AFTER
    return after.isalpha() and sign not in _BEFORE
