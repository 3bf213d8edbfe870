"""How the bytes of a text file are to be read: UTF-8, or Windows-1252 as older office programs save."""

import codecs
from pathlib import Path

from pipelines.extracts.returns import Refused
from pipelines.extracts.rules import FileRule

ENCODING = FileRule(
    "encoding",
    "The file is not plain text in UTF-8 or Windows-1252.",
    "Open it in the program that made it and save it as CSV UTF-8.",
)

UTF8 = "utf-8"
_CHUNK = 1 << 20


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
    _check_windows(file)
    return "cp1252"


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> tuple[str, bool]:
    """Return the text of a chunk up to what is none, and whether there is any."""
    try:
        return decoder.decode(chunk, final), False
    except UnicodeDecodeError as error:
        return error.object[: error.start].decode(), True


def _check_windows(file: Path) -> None:
    decoder = codecs.getincrementaldecoder("cp1252")()
    with file.open("rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                break
        else:
            return
    raise Refused(ENCODING)
