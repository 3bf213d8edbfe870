"""Writes the large returns that the readers are measured on: the bundled sample's records, over and over.

Each copy of a learner or pupil has another number, so that all of them have to be remembered. The sample's
faults come with them, and some more are planted in the census.
"""

import re
import sys
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path

from bench.measure import report
from pipelines.paths import Paths
from pipelines.synthetic.numbers import learner_numbers, pupil_numbers

_RAW = Paths.of_repository().root / "data" / "raw"
_NUMBERS = re.compile(rb"(?<=<LearnRefNumber>)[^<]*(?=</LearnRefNumber>)|(?<=<ULN>)[^<]*(?=</ULN>)")
_MANY = 500_000
_FAULT_EVERY = 401
_FAULTS = (
    ("dob", "2014-Feb-30 00:00:00"),
    ("dob", "03/09/2014"),
    ("entrydate", "2019-09-02"),
    ("sex", "X"),
    ("ncyearactual", "15"),
    ("ncyearactual", "5.0"),
    ("enrolstatus", "Z"),
    ("ethnicity", "wbri"),
    ("uniquelearnernumber", "1234567890"),
    ("upn", "352123"),
    ("pupilonrolltableid", ""),
    ("dob", " "),
)


def write_ilr(folder: Path, megabytes: int) -> Path:
    """Write an ILR file of this size; return its path. One that is there already is left."""
    sample = max(_RAW.glob("2024-25/*/ILR-*"), key=lambda file: file.stat().st_size)
    file = folder / str(megabytes) / (sample.stem + ".xml")
    if file.exists():
        return file
    content = sample.read_bytes()
    start, end = content.index(b"<Learner>"), content.rindex(b"</Message>")
    body = content[start:end]
    between, was = _NUMBERS.split(body), _NUMBERS.findall(body)
    references, numbers = count(1), _ulns()
    file.parent.mkdir(parents=True, exist_ok=True)
    building = file.with_suffix(".building")
    with building.open("wb") as stream:
        stream.write(content[:start])
        while stream.tell() < megabytes * 1_000_000:
            for text, old in zip(between, [*was, None], strict=True):
                stream.write(text)
                if old is not None:
                    stream.write(
                        b"%012d" % next(references) if text.endswith(b"<LearnRefNumber>") else next(numbers)
                    )
        stream.write(content[end:])
    building.rename(file)
    return file


def write_census(folder: Path, rows: int) -> Path:
    """Write the modules of a school census whose pupils have this many rows; return the pupils' file."""
    sample = sorted(_RAW.glob("*/*/*_spring_pupilonroll.csv"))[-1]
    file = folder / str(rows) / sample.name
    if file.exists():
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    schools = sample.name.replace("pupilonroll", "schoolcensus")
    (file.parent / schools).write_bytes((sample.parent / schools).read_bytes())
    header, *pupils = sample.read_text("utf-8").splitlines()
    names = header.split(",")
    plain = [cells for line in pupils if '"' not in line and len(cells := line.split(",")) == len(names)]
    at = {name: place for place, name in enumerate(names)}
    upns = pupil_numbers(rows, 1)
    building = file.with_suffix(".building")
    with building.open("w", encoding="utf-8") as stream:
        stream.write(header + "\n")
        for number, cells in enumerate(islice(cycle(plain), rows)):
            row = cells.copy()
            # One in a thousand has the key of the row before.
            row[at["pupilonrolltableid"]] = f"{number - (number % 1000 == 999):08x}"
            row[at["upn"]] = row[at["upn"]] and upns[number - (number % 1500 == 1499)]
            if number % _FAULT_EVERY == 0:
                name, value = _FAULTS[number // _FAULT_EVERY % len(_FAULTS)]
                row[at[name]] = value
            stream.write(",".join(row) + "\n")
    building.rename(file)
    return file


def _ulns() -> Iterator[bytes]:
    for seed in count(1):
        yield from (b"%d" % number for number in learner_numbers(_MANY, seed))


def main(folder: Path, megabytes: int, rows: int) -> None:
    """Write both; report where they are."""
    report(ilr=str(write_ilr(folder, megabytes)), census=str(write_census(folder, rows)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
