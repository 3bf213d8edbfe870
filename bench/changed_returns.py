"""Returns as their senders send them again: a few learners changed, removed or added, under a later date.

Reads and writes what the bundled synthetic city has: community-learning CSV, ILR XML and the student record
in XML. Nothing here knows how the pipeline reads them.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from pipelines.synthetic.numbers import NO_ULN, learner_numbers

Rows = tuple[dict[str, str], ...]
SEXES = ({"F": "M", "Female": "Male", "female": "male", "f": "m"}, {"10": "11"})
SWAPPED = {a: b for pairs in SEXES for x, y in pairs.items() for a, b in ((x, y), (y, x))}
"""The other sex in each format's own spelling."""
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Xml:
    """A format in XML, with an element a learner.

    Args:
        collection: the format's name.
        element: of a learner.
        tags: field → elements that hold it.
        name: of a file.
        stated: element of the head → how it writes when the file was made.
    """

    collection: str
    element: str
    tags: Mapping[str, tuple[str, ...]]
    name: str
    stated: Mapping[str, str]

    def parse(self, text: str) -> tuple[str, tuple[str, ...], str]:
        """Return what stands before the learners, each learner, and what stands behind them."""
        learners = re.findall(rf"<{self.element}>.*?</{self.element}>\n?", text, re.DOTALL)
        head, body = text[: text.index(learners[0])], "".join(learners)
        if not text.startswith(head + body):
            raise ValueError("something stands between the learners")
        return head, tuple(learners), text[len(head + body) :]

    def value(self, learner: str, field: str) -> str:
        """Return a learner's value, empty where there is none."""
        found = re.search(rf"<{self.tags[field][0]}>([^<]*)<", learner)
        return found[1] if found else ""

    def put(self, learner: str, field: str, value: str) -> str:
        """Return a learner with another value in each element that holds one."""
        for tag in self.tags[field]:
            learner = re.sub(rf"(?<=<{tag}>)[^<]*", lambda _: value, learner)
        return learner

    def text(self, head: str, learners: Sequence[str], tail: str, at: datetime) -> str:
        """Return the file, made then."""
        for tag, form in self.stated.items():
            head = re.sub(rf"(?<=<{tag}>)[^<]*", at.strftime(form), head)
        return head + "".join(learners) + tail


@dataclass(frozen=True)
class Csv:
    """The community-learning template, with a row an enrolment."""

    collection: str
    columns: Mapping[str, str]
    name: str

    def parse(self, text: str) -> tuple[str, tuple[Rows, ...], str]:
        """Return the header, the rows of each learner, and nothing."""
        reader = csv.DictReader(io.StringIO(text))
        learners: dict[object, list] = {}
        for number, row in enumerate(reader):
            # Rows without a reference are not known to be one learner's.
            learners.setdefault(row[self.columns["reference"]] or number, []).append(row)
        return ",".join(reader.fieldnames), tuple(map(tuple, learners.values())), ""

    def value(self, learner: Rows, field: str) -> str:
        """Return a learner's value, empty where there is none."""
        return learner[0].get(self.columns[field]) or ""

    def put(self, learner: Rows, field: str, value: str) -> Rows:
        """Return a learner with another value in each row."""
        return tuple(row | {self.columns[field]: value} for row in learner)

    def text(self, head: str, learners: Sequence[Rows], tail: str, at: datetime) -> str:
        """Return the file: only its name says when it was made."""
        out = io.StringIO()
        writer = csv.DictWriter(out, head.split(","), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for learner in learners for row in learner)
        return out.getvalue() + tail


FORMS = {
    form.collection: form
    for form in (
        Csv(
            "community_learning",
            {
                "reference": "learner_reference", "uln": "unique_learner_number", "sex": "sex",
                "family_name": "family_name", "given_name": "given_names", "birth_date": "date_of_birth",
                "postcode": "postcode",
            },
            "community-learning_{sender}_{year}_{at:%Y-%m-%d}.csv",
        ),
        Xml(
            "ilr", "Learner",
            {
                "reference": ("LearnRefNumber",), "uln": ("ULN",), "sex": ("Sex",),
                "family_name": ("FamilyName",), "given_name": ("GivenNames",),
                "birth_date": ("DateOfBirth",), "postcode": ("Postcode",),
            },
            "ILR-{sender}-{years}-{at:%Y%m%d-%H%M%S}-01.xml",
            {"FilePreparationDate": "%Y-%m-%d", "DateTime": "%Y-%m-%dT%H:%M:%S"},
        ),
        Xml(
            "student_record", "Student",
            {
                "reference": ("SID",), "uln": ("ULN",), "sex": ("SEXID",), "family_name": ("SURNAME",),
                "given_name": ("FNAMES",), "birth_date": ("BIRTHDTE",),
                "postcode": ("TTPCODE", "PERMADDPOSTCODE"),
            },
            "C{start}056-{sender}-{at:%Y%m%d-%H%M%S}.xml",
            {"DateTime": "%Y-%m-%dT%H:%M:%S"},
        ),
    )
}  # fmt: skip
"""Format's name → how it is written."""


@dataclass(frozen=True)
class Return:
    """A return taken apart.

    Args:
        form: its format.
        year: the folder of its academic year.
        sender: the folder of its sender.
        head, learners, tail: its content.
    """

    form: Xml | Csv
    year: str
    sender: str
    head: str
    learners: tuple
    tail: str

    @classmethod
    def parse(cls, collection: str, year: str, sender: str, text: str) -> "Return":
        """Take a file's text apart."""
        form = FORMS[collection]
        return cls(form, year, sender, *form.parse(text))

    def name(self, at: datetime) -> str:
        """Return the name of its file, made then."""
        start, end = self.year[2:4], self.year[5:7]
        parts = {"sender": self.sender, "year": self.year, "years": start + end, "start": start}
        return self.form.name.format(**parts, at=at)

    def text(self, at: datetime) -> str:
        """Return its file, made then."""
        return self.form.text(self.head, self.learners, self.tail, at)

    def value(self, learner: object, field: str) -> str:
        """Return a learner's value, empty where there is none."""
        return self.form.value(learner, field)


def corrected(sent: Return, rng: Random) -> tuple[Return, str]:
    """Return a return in which 1 to 12 learners are changed, removed or added, and what was done.

    At most a tenth of the learners goes, so that it can be true.
    """
    done = rng.choices(("changed", "removed", "added"), (6, 2, 3), k=rng.randint(1, 12))
    learners = list(sent.learners)
    going = min(done.count("removed"), max(1, len(learners) // 10))
    for _ in range(going):
        learners.pop(rng.randrange(len(learners)))
    changing = rng.sample(range(len(learners)), min(done.count("changed"), len(learners)))
    for place in changing:
        learners[place] = _changed(sent, learners[place], rng)
    coming = [_newcomer(sent, rng) for _ in range(done.count("added"))]
    said = f"{len(changing)} changed, {going} removed, {len(coming)} added"
    return replace(sent, learners=(*learners, *coming)), said


def shortened(sent: Return, share: float, rng: Random) -> Return:
    """Return a return without a share of its learners."""
    staying = rng.sample(range(len(sent.learners)), round(len(sent.learners) * (1 - share)))
    return replace(sent, learners=tuple(sent.learners[place] for place in sorted(staying)))


def begun_anew(sent: Return) -> Return:
    """Return a community-learning return for the next academic year: a third of the learners, a year on."""
    start = int(sent.year[:4]) + 1
    folder, stated = f"{start}-{(start + 1) % 100:02}", f"{start}/{(start + 1) % 100:02}"
    learners = [
        tuple(
            row | {day: _moved(row[day], 1) for day in ("start_date", "end_date")} | {"academic_year": stated}
            for row in learner
        )
        for learner in sent.learners[: max(1, len(sent.learners) // 3)]
    ]
    return replace(sent, year=folder, learners=tuple(learners))


def _changed(sent: Return, learner: object, rng: Random) -> object:
    """Return a learner with another postcode, sex or date of birth, whichever can be another."""
    for field in rng.sample(("postcode", "sex", "birth_date"), 3):
        was = sent.value(learner, field)
        if field == "postcode":
            value = _of_another(sent, field, rng) if was else was
        elif field == "sex":
            value = SWAPPED.get(was, was)
        else:
            value = _moved(was, rng.choice((-1, 1)))
        if value != was:
            return sent.form.put(learner, field, value)
    return learner


def _newcomer(sent: Return, rng: Random) -> object:
    """Return a learner who was not there: what one learner does, under another name and number."""
    whole = [o for o in sent.learners if _is_whole(sent, o)]
    learner = rng.choice(whole)
    values = {field: _of_another(sent, field, rng) for field in ("family_name", "given_name", "postcode")}
    reference = sent.value(learner, "reference")
    values["reference"] = reference[:-7] + f"{rng.randrange(10**7):07}"
    if sent.value(learner, "uln") not in ("", NO_ULN):
        values["uln"] = str(learner_numbers(1, rng.randrange(10**6))[0])
    values["birth_date"] = _moved(sent.value(learner, "birth_date"), -1)
    for field, value in values.items():
        if sent.value(learner, field):
            learner = sent.form.put(learner, field, value)
    return learner


def _is_whole(sent: Return, learner: object) -> bool:
    """Say whether a learner has what another can be made of."""
    born, sex = sent.value(learner, "birth_date"), sent.value(learner, "sex")
    return bool(sent.value(learner, "reference")) and sex in SWAPPED and _moved(born, -1) != born


def _of_another(sent: Return, field: str, rng: Random) -> str:
    values = sorted({sent.value(learner, field) for learner in sent.learners} - {""})
    return rng.choice(values) if values else ""


def _moved(day: str, years: int) -> str:
    """Return a day in another year; the same where it is no day, or there is no such day in that year."""
    if re.search(r"29[-/]02|02-29|3[01][-/]02", day):
        return day
    return _YEAR.sub(lambda found: str(int(found[0]) + years), day, count=1)
