"""Those who were erased: keyed hashes by which a return that is sent again does not bring them back.

A person is known by what their records bore: learner number, pupil number, a sender's reference and, at one
sender and in one format, the whole name; each together with the date of birth. The list is sealed in the
vault with a key of its own, so that another secret of the city does not make it forget anybody.
"""

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

import polars as pl

from pipelines.identity.vault import Vault

LIST = "erased"
"""The list's name in the vault."""
LOG = "erasures.jsonl"
"""The log of erasures in the vault: when, and how many records of which returns."""
PENDING = "erasing"
"""The file in the vault that says, until an erasure is done, what it is of and what counts were before."""
WHO = {
    "uln": pl.String,
    "upn": pl.String,
    "reference": pl.String,
    "family_name": pl.String,
    "given_names": pl.String,
    "birth_date": pl.Date,
    "postcode": pl.String,
}
"""What a row says of who it is about."""
NUMBERS = ("uln", "upn")
_NO_ULN = "9999999999"
_LETTERS = str.maketrans("ŁØĐÆŒÞ", "LODAOT", "'’")


def folded(name: str | None) -> str:
    """Return a name in capitals without accents; whatever is no letter separates two parts."""
    plain = unicodedata.normalize("NFKD", name or "").upper().translate(_LETTERS)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub("[^A-Z]+", " ", bare).strip()


class ErasurePendingError(Exception):
    """An erasure was broken off: part of somebody's records is gone, and part is there."""


def refuse_pending(vault: Vault) -> None:
    """Refuse to go on where an erasure was broken off: what comes now would be taken for what it took out.

    Raises:
        ErasurePendingError: so it was.
    """
    if (vault.folder / PENDING).exists():
        raise ErasurePendingError(
            "an erasure was broken off before it was done: run `learning-indicators erase` again with the "
            "same request. Until then nothing is taken in or published"
        )


Shared = Mapping[tuple[str, str], set[str]]
"""Kind and value of a number or reference → names of those who bear it."""


@dataclass
class Person:
    """One person, known by hashes; nothing of what is hashed can be read from them.

    Args:
        on: the day of the erasure.
        born: hash of the date of birth.
        keys: hashes of what their records bore.
        numbers: kinds of numbers among them.
        senders: whose returns had them.
    """

    on: str
    born: str
    keys: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)

    def bears(self, keys: Mapping[str, str]) -> bool:
        """Say whether a row with these keys (`Erasures.keys_of`) is theirs.

        A number that differs outweighs a name.
        """
        if any(key in self.keys for kind, key in keys.items() if kind != "name"):
            return True
        return keys.get("name") in self.keys and self.numbers.isdisjoint(keys)


@dataclass(frozen=True)
class Erasures:
    """The list.

    Args:
        key: of the hashes.
        people: those on it.
    """

    key: bytes = field(repr=False)
    people: tuple[Person, ...] = ()

    @classmethod
    def read(cls, vault: Vault) -> "Erasures":
        """Read a vault's list; a new one with a random key where there is none.

        Raises:
            VaultError: it cannot be opened.
        """
        file = vault.folder / LIST
        if not file.exists():
            return cls(secrets.token_bytes(32))
        content = json.loads(vault.read(file))
        people = (Person(p["on"], p["born"], *(set(p[s]) for s in _SETS)) for p in content["people"])
        return cls(bytes.fromhex(content["key"]), tuple(people))

    def add(self, vault: Vault, person: Person) -> "Erasures":
        """Put a person on a vault's list, in one step that lasts; return the new list."""
        others = (p for p in self.people if not (p.born == person.born and p.keys <= person.keys))
        added = Erasures(self.key, (*others, person))
        added._write(vault)
        return added

    def keep_key(self, vault: Vault) -> None:
        """Keep a new list's key before anything is hashed with it that is to be known again."""
        if not (vault.folder / LIST).exists():
            self._write(vault)

    def _write(self, vault: Vault) -> None:
        people = [asdict(p) | {s: sorted(getattr(p, s)) for s in _SETS} for p in self.people]
        vault.write_text(vault.folder / LIST, json.dumps({"key": self.key.hex(), "people": people}))

    def born(self, day: date | None) -> str:
        """Return the hash of a date of birth; of none, nothing."""
        return self._hash("born", "", day.isoformat()) if day else ""

    def keys_of(self, row: Mapping, place: str) -> dict[str, str]:
        """Return kind → hash of what a row (`WHO`) bears, with its date of birth; else the name it gives.

        Args:
            row: what a row says of who it is about.
            place: whose references and names these are: sender and format.
        """
        name = name_of(row)
        day = row["birth_date"].isoformat() if row["birth_date"] else ""
        keys = {k: self._hash(k, value, day or name) for k, value in identifiers(row, place).items()}
        return keys | ({"name": self._hash("name", f"{place}/{name}", day)} if name and day else {})

    def adopt(self, person: Person) -> bool:
        """Add to a person what the list knows of them already; say whether it does."""
        known = [p for p in self.people if p.born == person.born and not p.keys.isdisjoint(person.keys)]
        for each in known:
            person.keys |= each.keys
            person.numbers |= each.numbers
            person.senders |= each.senders
        return bool(known)

    def claim(self, person: Person, row: Mapping, place: str, born: date, shared: Shared) -> None:
        """Add to a person what a row of theirs bears: with the date of birth, and for rows without one.

        A row without a date is theirs by number and name, one without either by its number, unless somebody
        else bears it too: whose it is, nobody can tell.

        Args:
            person: whose the row is.
            row: what it says of who it is about.
            place: sender and format.
            born: the person's date of birth.
            shared: by whom numbers and references are borne under other dates of birth.
        """
        name, day = name_of(row), born.isoformat()
        for kind, value in identifiers(row, place).items():
            others = shared.get((kind, value), set())
            instead = {name} - others if name else set()
            bare = set() if others else {""}
            person.keys |= {self._hash(kind, value, with_) for with_ in {day} | instead | bare}
            person.numbers |= {kind} & set(NUMBERS)
        if name:
            person.keys.add(self._hash("name", f"{place}/{name}", day))

    def mark(self, rows: pl.DataFrame, place: str) -> pl.Series:
        """Say which rows (`WHO`) are about somebody on the list."""
        days = rows["birth_date"].unique()
        known = {p.born for p in self.people}
        near = days.filter(pl.Series([d is None or self.born(d) in known for d in days], dtype=pl.Boolean))
        # Few were born on the same day: only their rows are hashed.
        suspects = rows.with_row_index("_at").filter(
            pl.col("birth_date").is_in(near.implode(), nulls_equal=True)
        )
        found = []
        for row in suspects.to_dicts():
            keys = self.keys_of(row, place)
            if any(person.bears(keys) for person in self.people):
                found.append(row["_at"])
        return pl.select(pl.arange(rows.height).is_in(found)).to_series()

    def _hash(self, kind: str, value: str, with_: str) -> str:
        return hmac.digest(self.key, "\0".join((kind, value, with_)).encode(), hashlib.sha256).hex()


_SETS = ("keys", "numbers", "senders")


def identifiers(row: Mapping, place: str) -> dict[str, str]:
    """Return kind → what may tell who a row is about: no number that stands for having none."""
    found = {}
    if row["uln"] and row["uln"] != _NO_ULN:
        found["uln"] = row["uln"]
    if row["upn"] and row["upn"][-1:].isdigit():
        found["upn"] = row["upn"]
    if row["reference"]:
        found["reference"] = f"{place}/{row['reference']}"
    return found


def name_of(row: Mapping) -> str:
    """Return the whole name that a row gives, folded; nothing where a part is missing."""
    family, given = folded(row["family_name"]), folded(row["given_names"])
    return f"{family}/{given}" if family and given else ""


def place(sender: str, collection: str) -> str:
    """Return whose references and names those of one sender's returns of one format are."""
    return f"{sender}/{collection}"


def erased_since(vault: Vault, moment: str) -> dict[str, int]:
    """Return academic year → records that were erased since a moment (ISO 8601), by the log of erasures."""
    years: Counter[str] = Counter()
    for line in vault.read_lines(LOG):
        entry = json.loads(line)
        if entry["what"] == "begun" and entry["at"] >= moment:
            for _, year, _, count in entry["records"]:
                years[year] += count
    return dict(years)
