"""A copy of the bundled city whose senders go on sending, and whose people go on deciding.

What a sender would send is remembered here and not read back from `data/raw`: an erasure takes files away
there, and the sender sends the person again nevertheless, who must stay erased.
"""

import json
import shutil
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random

from bench.changed_returns import FORMS, Return, begun_anew, corrected, shortened
from pipelines.extracts.reception import standing_returns
from pipelines.extracts.returns import Receipt, State
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.synthetic.numbers import NO_ULN

Key = tuple[str, str, str]
"""Academic year's folder, sender's folder, format."""

REPOSITORY = Paths.of_repository().root
THIS_YEAR, LAST_YEAR = "2024-25", "2023-24"
FIRST_DAY = datetime(2025, 11, 17, 9, 30)
"""After every bundled return of these years was made."""
LARGE = 20
"""Learners; of fewer rows nothing is held."""


class ChangingCity:
    """The city in a folder; its events, each of which says in a line what it did, without a learner's data.

    Args:
        root: where it is copied to.
        seed: of the secret under which its counts are rounded, so that they are the same another time.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.paths = Paths(root)
        self.requests: list[str] = []
        """Who was erased, as TOML."""
        self.returns: dict[Key, list[Return]] = {}
        """What each sender sent, the return that is right last."""
        self._waiting: tuple[Key, Path, Return] | None = None
        self._corrections: list[tuple[Key, str]] = []
        self._expected: dict[tuple[str, str, str], set[State]] = {}
        self._files_sent = 0
        root.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / "city.toml", root)
        shutil.copytree(REPOSITORY / "data", root / "data")
        self.paths.throwaway_secret.touch(0o600)
        self.paths.throwaway_secret.write_text(sha256(f"soak {seed}".encode()).hexdigest(), "ascii")

    def remember(self) -> None:
        """Take the returns that stand after the first run as what their senders have in their books."""
        for receipt in self._standing():
            key = self._key(receipt)
            name = next(iter(receipt.files))
            known = key[0] in (LAST_YEAR, THIS_YEAR) and key[2] in FORMS
            if known and name.lower().endswith((".csv", ".xml")):
                text = (self.paths.raw / key[0] / key[1] / name).read_text("utf-8-sig")
                self.returns[key] = [Return.parse(key[2], *key[:2], text)]

    def event(self, name: str, day: int, rng: Random) -> str:
        """Let something happen, by its name."""
        known = {
            **{f"correct {form}": partial(self.correct, form, day, rng) for form in FORMS},
            "hold": partial(self.hold, day, rng),
            "release": partial(self.release, day),
            "withdraw_only": partial(self.withdraw_only, day, rng),
            "withdraw_correction": partial(self.withdraw_correction, day, rng),
            "begin_next_year": partial(self.begin_next_year, day, rng),
        }
        return known[name]()

    def correct(self, collection: str, day: int, rng: Random) -> str:
        """Send a return of a format again, three of several libraries', with a few learners changed."""
        year = rng.choice((THIS_YEAR, THIS_YEAR, THIS_YEAR, LAST_YEAR))
        year = year if self._keys(collection, year) else THIS_YEAR
        keys = [key for key in self._keys(collection, year) if key != self._held]
        said = []
        for key in rng.sample(keys, min(len(keys), 3 if collection == "community_learning" else 1)):
            again, what = corrected(self.returns[key][-1], rng)
            file = self._send(key, again, day, State.ACCEPTED)
            self.returns[key].append(again)
            self._corrections.append((key, file.name))
            said.append(f"{key[1]}, {what}")
        return f"corrected: {collection} {year} of {'; of '.join(said)}"

    def hold(self, day: int, rng: Random) -> str:
        """Send a college's return without four learners in ten, which waits for a person then."""
        colleges = self._keys("ilr", THIS_YEAR)
        key = rng.choice([key for key in colleges if len(self.returns[key][-1].learners) > LARGE])
        short = shortened(self.returns[key][-1], 0.4, rng)
        self._waiting = key, self._send(key, short, day, State.HELD), short
        return f"too short to be true: {key[2]} of {key[1]}"

    def release(self, day: int) -> str:
        """Let the return through that waits."""
        key, file, short = self._waiting
        self._waiting = None
        self._decide("release", key, file.name, day, State.ACCEPTED)
        self.returns[key].append(short)
        return f"released: {key[2]} of {key[1]}"

    def withdraw_only(self, day: int, rng: Random) -> str:
        """Take a library's return back that has no other before it: nothing of the library stands then."""
        libraries = self._keys("community_learning", THIS_YEAR)
        key = rng.choice([key for key in libraries if len(self.returns[key]) == 1])
        (name,) = next(r.files for r in self._standing() if self._key(r) == key)
        self._decide("withdraw", key, name, day, State.WITHDRAWN)
        del self.returns[key]
        return f"withdrawn, with nothing before it: {key[2]} of {key[1]}"

    def withdraw_correction(self, day: int, rng: Random) -> str:
        """Take the last correction back, so that what was sent before it stands again."""
        last = {key: name for key, name in self._corrections if key in self.returns}
        right = [key for key in last if key != self._held and self._is_standing(key, last[key])]
        if not right:
            return self.withdraw_only(day, rng)
        key = right[-1]
        self._decide("withdraw", key, last[key], day, State.WITHDRAWN)
        self.returns[key].pop()
        self._corrections = [entry for entry in self._corrections if entry != (key, last[key])]
        return f"withdrawn, with another before it: {key[2]} of {key[1]}"

    def begin_next_year(self, day: int, rng: Random) -> str:
        """Send a library's first return of the academic year that has just begun."""
        library = rng.choice(self._keys("community_learning", THIS_YEAR))
        early = begun_anew(self.returns[library][-1])
        key = early.year, early.sender, early.form.collection
        self._send(key, early, day, State.ACCEPTED)
        return f"early: {key[2]} {key[0]} of {key[1]}"

    def draw_request(self, rng: Random) -> str:
        """Return a request for the erasure of somebody with a learner number, and keep it.

        Nobody of a return that waits: its file would be deleted, and there would be nothing to let through.
        """
        last = [sent[-1] for key, sent in sorted(self.returns.items()) if key[2] != "community_learning"]
        found = {
            (sent.value(learner, "uln"), sent.value(learner, "birth_date"))
            for sent in last
            for learner in sent.learners
        }
        short = self._waiting[2] if self._waiting else None
        waiting = {short.value(learner, "uln") for learner in short.learners} if short else set()
        requests = {
            f'uln = "{uln}"\nbirth_date = {born}\n'
            for uln, born in found
            if born and uln not in waiting | {"", NO_ULN}
        }
        self.requests.append(rng.choice(sorted(requests - set(self.requests))))
        return self.requests[-1]

    def not_as_expected(self) -> list[str]:
        """Return what became otherwise than it should of what was sent or decided since the last call.

        Of a file that an erasure has deleted nothing is said.
        """
        receipts = self._receipts()
        state = {(r.folder_year, r.folder_provider, name): r.state for r in receipts for name in r.files}
        wrong = [
            f"{key[1]} {key[2]}: {state.get(key, 'not there')}, not {' or '.join(sorted(states))}"
            for key, states in self._expected.items()
            if state.get(key) not in states and self.paths.raw.joinpath(*key).exists()
        ]
        self._expected = {}
        return wrong

    def _send(self, key: Key, what: Return, day: int, state: State) -> Path:
        # A minute later each time: two of a day by one sender are two.
        self._files_sent += 1
        at = FIRST_DAY + timedelta(days=day, minutes=self._files_sent)
        file = self.paths.raw / key[0] / key[1] / what.name(at)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(what.text(at), "utf-8")
        self._expect(key, file.name, state)
        return file

    def _decide(self, what: str, key: Key, name: str, day: int, state: State) -> None:
        """Write down a decision on the return of a file."""
        number = next(r.return_id for r in self._receipts() if self._key(r) == key and name in r.files)
        entry = {"return_id": number, "reason": "Decided in the soak.", "who": "Data team"}
        lines = [f"[[{what}]]", *(f"{field} = {json.dumps(value)}" for field, value in entry.items())]
        lines += [f"on = {FIRST_DAY + timedelta(days=day):%Y-%m-%d}", "", ""]
        with self.paths.decisions.open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines))
        self._expect(key, name, state)

    def _expect(self, key: Key, name: str, state: State) -> None:
        # Another may have come after it before anybody looks.
        later = {State.SUPERSEDED} if state is State.ACCEPTED else set()
        self._expected[key[0], key[1], name] = {state} | later

    @property
    def _held(self) -> Key | None:
        return self._waiting and self._waiting[0]

    def _keys(self, collection: str, year: str) -> list[Key]:
        return [key for key in sorted(self.returns) if key[0] == year and key[2] == collection]

    def _receipts(self) -> list[Receipt]:
        return Pipeline(self.paths).receipts()

    def _standing(self) -> list[Receipt]:
        return standing_returns(self._receipts())

    def _is_standing(self, key: Key, name: str) -> bool:
        return any(self._key(r) == key and name in r.files for r in self._standing())

    @staticmethod
    def _key(receipt: Receipt) -> Key:
        return receipt.folder_year, receipt.folder_provider, receipt.collection
