"""Marks the pages of a candidate as not published, and takes the mark off again when it is."""

from collections.abc import Mapping

_BEFORE = b"<body>\n"
_MARK = (
    b'<p class="unpublished" role="note" style="margin:0;padding:.6rem 1rem;background:#d4351c;color:#fff">'
    b"<strong>Not published.</strong> A candidate for review: do not quote it and do not pass it on.</p>\n"
)


class UnmarkedError(Exception):
    """A page of a candidate is not marked, or a page cannot be."""


def marked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files with the mark on each page.

    Raises:
        UnmarkedError: a page has no place for it.
    """
    return {name: _marked(name, content) if _is_page(name) else content for name, content in files.items()}


def unmarked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return marked files as they were.

    Raises:
        UnmarkedError: a page has no mark.
    """
    return {name: _unmarked(name, content) if _is_page(name) else content for name, content in files.items()}


def without_marks(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files as they were before any was marked."""
    return {name: content.replace(_BEFORE + _MARK, _BEFORE, 1) for name, content in files.items()}


def _is_page(name: str) -> bool:
    return name.endswith(".html")


def _marked(name: str, content: bytes) -> bytes:
    if content.count(_BEFORE) != 1:
        raise UnmarkedError(f"{name} cannot be marked as not published: it has no one <body>")
    return content.replace(_BEFORE, _BEFORE + _MARK)


def _unmarked(name: str, content: bytes) -> bytes:
    if content.count(_BEFORE + _MARK) != 1:
        raise UnmarkedError(f"{name} has been changed: it is not marked as not published")
    return content.replace(_BEFORE + _MARK, _BEFORE)
