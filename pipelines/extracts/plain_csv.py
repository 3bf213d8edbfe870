"""The quick way through a CSV file: blocks of lines without quotation marks or anything odd, parsed at once.

Nothing is decided here. A block that is not plain in every line is left to the careful reader, which names
what is wrong with it; both give the same rows.
"""

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import polars as pl

BLOCK = 8_000_000
"""Bytes of a block, up to the end of its last line."""
_ODD = bytes({*range(32), ord('"')} - {*b"\t\n\r"})
"""A quotation mark, and control characters that polars and Python do not both take for a blank."""


def plain_blocks(stream: BinaryIO, width: int, longest: int) -> Iterator[tuple[bytes, int]]:
    """Yield blocks of whole lines and their number of lines, as long as every line is plain.

    Leaves the stream before the first block that is not, or at the end.

    Args:
        stream: at the beginning of a line.
        width: cells that a line must have.
        longest: characters that a line may have at most.
    """
    while True:
        start = stream.tell()
        block = stream.read(BLOCK)
        block += stream.readline(longest + 1)
        if not block:
            return
        lines = _lines_of(block, width, longest)
        if lines is None:
            stream.seek(start)
            return
        yield block, lines


def _lines_of(block: bytes, width: int, longest: int) -> int | None:
    """Return how many lines a block has; None where one of them needs care."""
    odd = len(block.translate(None, _ODD)) < len(block) or block.count(b"\r") != block.count(b"\r\n")
    lines = block.removesuffix(b"\n").split(b"\n")
    # Of each line: where one has too many cells and another too few, polars may read both without a word.
    cells = {1 + line.count(b",") for line in lines}
    if odd or cells != {width} or max(map(len, lines)) > longest:
        return None
    return len(lines)


def parse(block: bytes, width: int, places: Sequence[int]) -> pl.DataFrame | None:
    """Return the columns at `places` of a plain block as text, stripped, blank as null, named by their place.

    None if a line seems to have nothing in any cell: it may be no record.
    """
    try:
        frame = pl.read_csv(
            io.BytesIO(block),
            has_header=False,
            schema={str(place): pl.String for place in range(width)},
            columns=sorted(set(places)),
            quote_char=None,
            truncate_ragged_lines=False,
        )
    except pl.exceptions.PolarsError:
        return None
    text = pl.all().str.strip_chars()
    frame = frame.select(pl.when(text != "").then(text))
    return None if frame.select(pl.all_horizontal(pl.all().is_null()).any()).item() else frame
