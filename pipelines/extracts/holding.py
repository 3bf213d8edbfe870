"""Which accepted returns wait for a person, or were taken back by one."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter

import polars as pl

from pipelines.extracts.counting import cannot_count
from pipelines.extracts.decisions import Decisions
from pipelines.extracts.formats import format_of
from pipelines.extracts.plausibility import Limits, Profile, doubts, profile_of
from pipelines.extracts.returns import Receipt, State
from pipelines.extracts.rules import FileRule
from pipelines.extracts.store import Store

Accepted = Callable[[str], pl.DataFrame]
"""Gives the accepted rows of a table of a return."""
WITHDRAWN = "withdrawn"
"""Stands for a rule where a person took a return back."""


def hold(
    receipts: Iterable[Receipt], store: Store, limits: Limits, stood: Collection[str] = ()
) -> list[Receipt]:
    """Return the receipts with those that are withdrawn, and those that cannot be true, marked as such.

    Each return is held against the one before it that stands: what is held or withdrawn is no yardstick. One
    that only cannot be counted is: that must not change what becomes of others.

    Args:
        receipts: of one collection.
        store: where the returns are kept.
        limits: beyond which one is held.
        stood: returns that are not held any more, as what they were held against may have gone.
    """
    decisions = store.decisions
    marked = [_withdraw(receipt, decisions) for receipt in receipts]
    plausible = (r for r in marked if r.state is State.ACCEPTED or cannot_count(r))
    accepted = sorted(plausible, key=lambda r: (r.unit, r.recency))
    held: dict[str, Receipt] = {}
    for _, unit in groupby(accepted, key=attrgetter("unit")):
        before = None
        for receipt in unit:
            doubt = None
            if receipt.return_id not in decisions.released and receipt.return_id not in stood:
                doubt = _doubt(receipt, before, store, limits)
            if doubt and receipt.state is State.ACCEPTED:
                held[receipt.return_id] = replace(receipt, state=State.HELD, rule=doubt[0], message=doubt[1])
            elif not doubt:
                before = receipt
    return [held.get(receipt.return_id, receipt) for receipt in marked]


def _withdraw(receipt: Receipt, decisions: Decisions) -> Receipt:
    taken_back = decisions.withdrawn.get(receipt.return_id)
    if taken_back is None:
        return receipt
    why = f"Withdrawn on {taken_back.on} by {taken_back.who}: {taken_back.reason}"
    return replace(receipt, state=State.WITHDRAWN, rule=WITHDRAWN, message=why)


def _doubt(receipt: Receipt, before: Receipt | None, store: Store, limits: Limits) -> tuple[str, str] | None:
    """Return the first rule that holds a return, and all that is to be said; None where it is plausible.

    Remembered beside the return: neither it nor the one before it ever changes.
    """
    name = f"after-{before.return_id if before else 'none'}.json"
    memory = store.drawer_of(receipt).folder / name
    key = limits.model_dump_json()
    if memory.exists():
        known = json.loads(store.vault.read_text(memory))
        if known["limits"] == key:
            return tuple(known["doubt"]) if known["doubt"] else None
    if before is None and (doubt := _doubt_before(receipt, store, key)):
        return doubt
    then = _profile(before, partial(store.accepted, before)) if before else None
    doubt = _said(doubts(_profile(receipt, partial(store.accepted, receipt)), then, limits))
    store.vault.write_text(memory, json.dumps({"limits": key, "doubt": doubt}))
    return doubt


def _doubt_before(receipt: Receipt, store: Store, limits: str) -> tuple[str, str] | None:
    """Return why a return was held after one that is lost; None where a person withdrew that one."""
    for memory in sorted(store.drawer_of(receipt).folder.glob("after-*.json")):
        known = json.loads(store.vault.read_text(memory))
        withdrawn = memory.stem.removeprefix("after-") in store.decisions.withdrawn
        if known["doubt"] and known["limits"] == limits and not withdrawn:
            return tuple(known["doubt"])
    return None


def held_by_itself(receipt: Receipt, accepted: Accepted, limits: Limits) -> Receipt:
    """Return the receipt of a return before which there was none, marked if it cannot be true.

    Args:
        receipt: of an accepted return.
        accepted: gives the accepted rows of a table.
        limits: beyond which it is held.
    """
    doubt = _said(doubts(_profile(receipt, accepted), None, limits))
    return replace(receipt, state=State.HELD, rule=doubt[0], message=doubt[1]) if doubt else receipt


def _said(found: Iterator[tuple[FileRule, dict[str, str]]]) -> tuple[str, str] | None:
    """Return the first rule that is broken, and all that is to be said; None where none is."""
    broken = list(found)
    if not broken:
        return None
    return broken[0][0].id, " ".join(rule.message.format(**particulars) for rule, particulars in broken)


def _profile(receipt: Receipt, accepted: Accepted) -> Profile:
    module = format_of(receipt.collection)
    records = accepted(module.RECORDS)
    # A university's records are sessions; who its students are stands in another table.
    keyed = next((c for c in module.CONTRACTS.values() if c.learner), None)
    learners = accepted(keyed.table)[keyed.learner] if keyed else None
    return profile_of(records, learners, receipt.read.get(module.RECORDS, 0))
