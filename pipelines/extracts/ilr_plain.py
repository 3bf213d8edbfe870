"""Reads the plain blocks of an ILR file: the rows that `ilr` makes of them one by one, much faster."""

from collections.abc import Generator
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.extracts.gathering import LINE, PARENT_LINE
from pipelines.extracts.ilr_contract import UNEXPECTED
from pipelines.extracts.ilr_fields import Entity, entities
from pipelines.extracts.ilr_header import ROOT_ELEMENT, Header
from pipelines.extracts.ilr_shapes import (
    ENVELOPE,
    HANDED_DOWN,
    HEAVY,
    ROW_WEIGHT,
    Unexpected,
    columns_of,
    constants,
)
from pipelines.extracts.plain_xml import PlainRecords, Vocabulary, plain_blocks
from pipelines.extracts.plain_xml_text import NotPlain
from pipelines.extracts.returns import Batch
from pipelines.extracts.xml_stream import LineNumbers, frame_of

_TOP = tuple(e.element for e in entities().values() if not e.parent)
_WORDS = Vocabulary(
    records=frozenset(entities()),
    fields=frozenset(f.field for e in entities().values() for f in e.fields),
)
_CODE = {name: code for code, name in enumerate(_WORDS.names)}
_FIELDS = {_CODE[e.element]: {_CODE[f.field] for f in e.fields} for e in entities().values()}
_PARENT = np.array([_CODE.get(entities()[n].parent, -1) if n in entities() else -1 for n in _WORDS.names])
"""By code of an entity, the code of the entity it must stand in; -1 for the root."""


def plain_batches(file: Path, header: Header) -> Generator[Batch, None, int | None]:
    """Yield the learners of a file in batches for as long as it is plain.

    Returns:
        None at the file's end; else how many elements under the root were read.
    """
    rows, done = _PlainRows(header), 0
    try:
        for block in plain_blocks(file, ROOT_ELEMENT, _TOP, ENVELOPE):
            records = PlainRecords(block, _WORDS)
            batch = rows.batch(records)
            done += int((records.parent < 0).sum())
            yield batch
    except NotPlain:
        return done
    return None


class _PlainRows:
    """What is remembered of a file from one block to the next."""

    def __init__(self, header: Header) -> None:
        self._constants = constants(header)
        self._lines = {name: LineNumbers() for name in entities()}
        self._unexpected = Unexpected()

    def batch(self, records: PlainRecords) -> Batch:
        """Return the rows of a block.

        Raises:
            NotPlain: a record where none of its kind belongs, or too many for one batch.
        """
        above = np.where(records.parent < 0, -1, records.kind[records.parent])
        if (_PARENT[records.kind] != above).any():
            raise NotPlain
        block = _Block(records)
        if block.weight > HEAVY:
            raise NotPlain
        lines = np.zeros(len(records.start), np.int64)
        frames = {}
        for entity in entities().values():
            of_kind = block.of_kind[_CODE[entity.element]]
            if len(of_kind):
                numbers = self._lines[entity.element]
                lines[of_kind] = numbers.of_many(records.lines(records.start[of_kind]))
                frames[entity.table] = self._frame(block, entity, lines)
        for owner, place in block.unexpected():
            parent = _WORDS.names[records.kind[owner]]
            (line,) = records.lines(np.array([place]))
            self._unexpected.note(parent, records.name_at(place), int(line))
        if new := self._unexpected.new():
            frames[UNEXPECTED] = frame_of(("entity", "element", LINE), new)
        return frames

    def _frame(self, block: "_Block", entity: Entity, lines: np.ndarray) -> pl.DataFrame:
        rows = block.of_kind[_CODE[entity.element]]
        columns = {}
        for name in columns_of(entity):
            if name == LINE:
                columns[name] = pl.Series(lines[rows])
            elif name == PARENT_LINE and entity.parent:
                columns[name] = pl.Series(lines[block.records.parent[rows]]).cast(pl.String)
            elif name in HANDED_DOWN:
                columns[name] = block.texts(block.handed_down[name][rows])
            elif (key := (_CODE[entity.element], _CODE.get(name, -1))) in block.places:
                columns[name] = block.texts(block.places[key])
            else:
                columns[name] = pl.repeat(self._constants.get(name), len(rows), dtype=pl.String, eager=True)
        return pl.DataFrame(columns)


class _Block:
    """Which text stands in which field of which record.

    Attributes:
        records: the records.
        of_kind: code of an entity → its records, in order.
        places: (code of an entity, code of a field) → for each of its records, the place of the field's text.
        handed_down: field → for each record, the place of its own or of an outer record's text.
    """

    def __init__(self, records: PlainRecords) -> None:
        self.records = records
        self.of_kind = {code: np.flatnonzero(records.kind == code) for code in _FIELDS}
        self.places: dict[tuple[int, int], np.ndarray] = {}
        self._strange: list[np.ndarray] = []
        self._find_places()
        self.handed_down = {name: self._hand_down(_CODE[name]) for name in HANDED_DOWN}

    @property
    def weight(self) -> int:
        """Return what the rows weigh with all that they repeat."""
        lengths = self.records.text.str.len_bytes().fill_null(0).to_numpy()
        references = self.handed_down["LearnRefNumber"]
        return int(lengths[references].sum()) + ROW_WEIGHT * len(references)

    def texts(self, places: np.ndarray) -> pl.Series:
        """Return the texts at these places."""
        return self.records.text.gather(places)

    def unexpected(self) -> list[tuple[int, int]]:
        """Return owner and place of the fields that do not belong, or not again, as they are met.

        All fields of a record are met before the records in it. Of one name in a kind of record, the first.
        """
        fields = np.concatenate([*self._strange, np.array([], int)])
        owners, places = self.records.owner[fields], self.records.leaf[fields]
        seen, first = set(), []
        for at in np.lexsort((places, owners)):
            key = self.records.kind[owners[at]], self.records.name_at(places[at])
            if key not in seen:
                seen.add(key)
                first.append((int(owners[at]), int(places[at])))
        return first

    def _find_places(self) -> None:
        records = self.records
        rank = np.zeros(len(records.start), int)
        for members in self.of_kind.values():
            rank[members] = np.arange(len(members))
        width = len(_WORDS.names) + 1
        key = records.kind[records.owner].astype(np.int32) * width + records.leaf_code + 1
        order = np.argsort(key, kind="stable")
        ends = np.flatnonzero(np.diff(key[order], append=-1)) + 1
        for group in np.split(order, ends[:-1]):
            if not len(group):
                continue
            kind, code = divmod(int(key[group[0]]), width)
            if code - 1 not in _FIELDS[kind]:
                self._strange.append(group)
                continue
            rows = rank[records.owner[group]]
            places = np.full(len(self.of_kind[kind]), records.absent)
            # Backwards, so that the first of several stands.
            places[rows[::-1]] = records.leaf[group][::-1]
            self.places[kind, code - 1] = places
            self._strange.append(group[1:][np.diff(rows) == 0])

    def _hand_down(self, code: int) -> np.ndarray:
        records = self.records
        places = np.full(len(records.start), records.absent)
        for kind, members in self.of_kind.items():
            if _PARENT[kind] >= 0:
                places[members] = places[records.parent[members]]
            own = self.places.get((kind, code))
            if own is not None:
                places[members] = np.where(own == records.absent, places[members], own)
        return places
