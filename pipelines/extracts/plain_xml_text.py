"""The characters of plain XML: which encodings and references are read the quick way, all others not."""

import re

import polars as pl


class NotPlain(Exception):
    """The careful reader must look at the file."""


_ENCODINGS = {"UTF-8": "utf-8", "ISO-8859-1": "latin-1", "WINDOWS-1252": "cp1252", "US-ASCII": "ascii"}
_FORBIDDEN = bytes({*range(32)} - {*b"\t\n\r"})
_NO_CHARACTERS = re.compile(b"\xef\xbf[\xbe\xbf]")
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def utf8(content: bytes, encoding: str) -> bytes:
    """Return text as UTF-8 with plain line ends; an encoding goes by its name in capitals.

    Raises:
        NotPlain: another encoding than the usual ones, or a character that XML does not allow.
    """
    if encoding not in _ENCODINGS or len(content.translate(None, _FORBIDDEN)) < len(content):
        raise NotPlain
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
        if b"\r" in content:
            raise NotPlain
    if content.isascii():
        return content
    try:
        text = content.decode(_ENCODINGS[encoding])
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise NotPlain
    content = content if encoding == "UTF-8" else text.encode()
    if _NO_CHARACTERS.search(content):
        raise NotPlain
    return content


def resolved(text: pl.Series) -> pl.Series:
    """Return texts with the characters that they refer to.

    Raises:
        NotPlain: a reference to anything else.
    """
    places = text.str.contains("&", literal=True).fill_null(False).arg_true()
    return text.scatter(places, [_REFERENCE.sub(_character, t) for t in text.gather(places)])


def _character(reference: re.Match) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal or "0", 16)
    usual = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    if not usual and not 0x10000 <= number <= 0x10FFFF:
        raise NotPlain
    return chr(number)
