"""What a provider wrote down about a person in a year: the one place where records leave the truth.

A mistake belongs to a provider, a person and a year, whatever the extract is. Records are copied forward from
year to year, so most mistakes stay: each record is typed anew every few years only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.synthetic.chance import Chance
from pipelines.synthetic.error_profile import ErrorProfile
from pipelines.synthetic.identities import Identities
from pipelines.synthetic.mistakes import (
    day_and_month_swapped,
    digit_wrong,
    first_of_january,
    number_invalid,
    number_wrong,
    year_off,
)
from pipelines.synthetic.numbers import temporary_pupil_numbers
from pipelines.synthetic.people import ABSENT, People
from pipelines.synthetic.written_names import miswritten

_TYPED_EVERY = 5
"""Years; so four records in five are those of the year before."""
_PLACES = np.uint64(100_000)
_GROWN, _LEAST, _OLDEST = 14, 9, 100
"""Whoever is of the first age is never made younger than the second; nobody is made older than the third."""


@dataclass(frozen=True)
class Form:
    """What a format leaves open: only that can be missing from its records.

    Args:
        birth_date: may be missing.
        sex: may be not given (`U`).
        postcode: may be missing.
        uln: may be missing, or wrong so that its check digit shows it.
    """

    birth_date: bool = True
    sex: bool = True
    postcode: bool = True
    uln: bool = True


@dataclass(frozen=True)
class Rows:
    """Records to be written: of whom, by which provider, in which year."""

    person: np.ndarray
    provider: np.ndarray
    year: int
    state: int
    index: np.ndarray
    """Names the record: the person, the provider, and when it was last typed."""


@dataclass(frozen=True)
class Recorder:
    """Writes down who people are, with the mistakes of a profile."""

    chance: Chance
    people: People
    profile: ErrorProfile

    def write(
        self, person: np.ndarray, provider: np.ndarray, year: int, state: int, form: Form | None = None
    ) -> pl.DataFrame:
        """Return what stands in each record, in the order of the records.

        Columns: `family`, `given`, `middle`, `birth_date`, `sex` (F, M or U), `postcode`, `uln` and `upn`,
        null where the provider has nothing, and `valid_uln`, null too where the check digit is wrong.

        Args:
            person: whose records.
            provider: position in the register, one a record.
            year: starting year.
            state: of the people, in that year.
            form: what may be missing; None where everything may.
        """
        form = form or Form()
        rows = Rows(person, provider, year, state, self._index(person, provider, year))
        family, given, middle = miswritten(self.identities, self.profile, rows, self.happens, self.bits)
        uln, valid_uln = self._uln(rows, form)
        return pl.DataFrame(
            {
                "family": family,
                "given": given,
                "middle": middle,
                "birth_date": self._birth_date(rows, form),
                "sex": self._sex(rows, form),
                "postcode": self._postcode(rows, form),
                "uln": uln,
                "valid_uln": valid_uln,
                "upn": self._upn(rows),
            }
        )

    @cached_property
    def identities(self) -> Identities:
        """What people are really called."""
        return Identities(self.chance, self.people)

    def happens(self, rows: Rows, kind: str, suits: np.ndarray | None = None, of: str = "") -> np.ndarray:
        """Return the positions of the records with a kind of mistake, among those that it suits.

        Args:
            rows: the records.
            kind: of mistake.
            suits: says of which records it can be; None where of all.
            of: what is mistaken, where a record can have the mistake twice.
        """
        rate = getattr(self.profile, kind)
        if not rate:
            return np.empty(0, np.int64)
        among = np.arange(len(rows.index)) if suits is None else np.flatnonzero(suits)
        return among[self.chance.happens(rows.index[among], rate, "mistake", kind, of)]

    def bits(self, rows: Rows, at: np.ndarray, kind: str) -> list[int]:
        """Return random bits for the mistakes of a kind at some positions."""
        return self.chance.bits(rows.index[at], "how", kind).tolist()

    def _index(self, person: np.ndarray, provider: np.ndarray, year: int) -> np.ndarray:
        both = person.astype(np.uint64) * _PLACES + provider.astype(np.uint64)
        turn = (self.chance.bits(both, "typed anew") % np.uint64(_TYPED_EVERY)).astype(np.int64)
        typed = (year + turn) // _TYPED_EVERY
        return both * np.uint64(1_000) + typed.astype(np.uint64)

    def _birth_date(self, rows: Rows, form: Form) -> pl.Series:
        born = pl.Series(self.people.birth[rows.person], dtype=pl.Date)
        kinds: dict[str, Callable[[date, int], date | None]] = {
            "birth_day_month": day_and_month_swapped,
            "birth_digit": digit_wrong,
            "birth_year": year_off,
            "birth_default": first_of_january,
        }
        for kind, mistake in kinds.items():
            at = self.happens(rows, kind)
            pairs = zip(born.gather(at).to_list(), self.bits(rows, at, kind), strict=True)
            found = [_credible(day, mistake(day, bits), rows.year) for day, bits in pairs]
            born = born.scatter(at, pl.Series(found, dtype=pl.Date)) if len(at) else born
        missing = self.happens(rows, "birth_missing") if form.birth_date else []
        return born.scatter(missing, None) if len(missing) else born

    def _sex(self, rows: Rows, form: Form) -> pl.Series:
        female = self.people.female[rows.person]
        wrong = self.happens(rows, "sex_wrong")
        female[wrong] = ~female[wrong]
        sex = np.where(female, "F", "M")
        if form.sex:
            sex[self.happens(rows, "sex_missing")] = "U"
        return pl.Series(sex)

    def _postcode(self, rows: Rows, form: Form) -> pl.Series:
        home = self.people.home[rows.state][rows.person]
        if self.profile.postcode_old:
            before = self._home_before[rows.state][rows.person]
            old = self.happens(rows, "postcode_old", before != ABSENT)
            home[old] = before[old]
        wrong = self.happens(rows, "postcode_typo")
        first, count = (column[home[wrong]] for column in self._districts[:2])
        step = self.chance.bits(rows.index[wrong], "how", "postcode_typo") % np.maximum(count, 1)
        home[wrong] = self._districts[2][first + step.astype(np.int64)]
        postcode = self.people.homes.postcode.gather(home)
        missing = self.happens(rows, "postcode_missing") if form.postcode else []
        return postcode.scatter(missing, None) if len(missing) else postcode

    @cached_property
    def _home_before(self) -> np.ndarray:
        """The last other home that each had before, in each state; `ABSENT` where none is known."""
        home = self.people.home
        before = np.full_like(home, ABSENT)
        for state in range(1, len(home)):
            moved = (home[state] != home[state - 1]) & (home[state - 1] != ABSENT)
            before[state] = np.where(moved, home[state - 1], before[state - 1])
        return before

    @cached_property
    def _districts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return of each postcode where its district begins in the third column, and how large it is."""
        district = self.people.homes.postcode.str.split(" ").list.first()
        code = district.cast(pl.Categorical).to_physical().to_numpy()
        order = np.argsort(code, kind="stable")
        first = np.searchsorted(code[order], code, side="left")
        count = np.searchsorted(code[order], code, side="right") - first
        return first, count.astype(np.uint64), order

    def _uln(self, rows: Rows, form: Form) -> tuple[pl.Series, pl.Series]:
        number = self.people.uln[rows.person].copy()
        if form.uln:
            # Where a number is the only reference, no two people of a sender can have one.
            at = self.happens(rows, "uln_shared")
            number[at] = self.people.uln[self._someone_else(rows, at)]
        for kind, mistake in (("uln_wrong", number_wrong), ("uln_invalid", number_invalid)):
            at = self.happens(rows, kind) if form.uln or kind == "uln_wrong" else np.empty(0, np.int64)
            pairs = zip(number[at].astype(str).tolist(), self.bits(rows, at, kind), strict=True)
            number[at] = [int(mistake(digits, bits)) for digits, bits in pairs]
        text = pl.Series(number).cast(pl.String)
        missing = self.happens(rows, "uln_missing") if form.uln else []
        uln = text.scatter(missing, None) if len(missing) else text
        # The last kind is the one that the check digit shows.
        return uln, uln.scatter(at, None) if len(at) else uln

    def _upn(self, rows: Rows) -> pl.Series:
        upn = self.people.upn
        shared = self.happens(rows, "upn_shared")
        whose = rows.person.copy()
        whose[shared] = self._someone_else(rows, shared)
        number = upn.gather(whose)
        temporary = self.happens(rows, "upn_temporary")
        if len(temporary):
            number = number.scatter(temporary, temporary_pupil_numbers(rows.index[temporary], self.chance))
        missing = self.happens(rows, "upn_missing")
        return number.scatter(missing, None) if len(missing) else number

    def _someone_else(self, rows: Rows, at: np.ndarray) -> np.ndarray:
        """Return whose number stands in the records at some positions: the twin's, or the one's before."""
        person, last = rows.person[at], len(self.people.twin) - 1
        after = np.minimum(person + 1, last)
        second, first = self.people.twin[person], self.people.twin[after] & (person < last)
        return np.select([second, first], [person - 1, after], rows.person[np.maximum(at - 1, 0)])


def _credible(right: date, wrong: date | None, year: int) -> date:
    """Return a wrong birth date if a form would take it, else the right one."""
    if wrong is None:
        return right
    young = date(year - _LEAST, 7, 31) if right < date(year - _GROWN, 8, 1) else date(year, 7, 31)
    oldest = date(year - _OLDEST, 8, 1)
    return wrong if oldest <= wrong <= young - timedelta(1) else right
