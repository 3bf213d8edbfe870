"""The asset checks of the extracts: each passes on sound returns and goes red for its own fault."""

from dataclasses import replace

import dagster as dg
import pytest

from pipelines.assets.intake import extract_results
from pipelines.extracts.counting import CAN_COUNT
from pipelines.extracts.judging import READER_FAULT
from pipelines.extracts.returns import Receipt, State

KEY = dg.AssetKey(["extracts", "ilr"])
FINE = Receipt(
    return_id="r1",
    collection="ilr",
    folder_provider="10000001",
    folder_year="2024-25",
    files={},
    state=State.ACCEPTED,
    counted={"component": 2, "counts": 5},
)


def results(receipt):
    return {result.check_name: result for result in extract_results(KEY, [FINE, receipt], ["ULN_04"])}


def test_sound_returns_pass_every_check():
    found = results(FINE)
    assert all(result.passed for result in found.values())
    assert set(found) == {"returns", READER_FAULT, CAN_COUNT.id, "ULN_04"}
    counted = {name: value.value for name, value in found[CAN_COUNT.id].metadata.items()}
    assert counted == {"returns held": [], "component": 4, "counts": 10}


@pytest.mark.parametrize(
    ("changes", "red"),
    [
        ({"state": State.REFUSED, "rule": "UKPRN_03"}, {"returns"}),
        ({"state": State.REFUSED, "rule": READER_FAULT}, {"returns", READER_FAULT}),
        ({"state": State.HELD, "rule": CAN_COUNT.id}, {"returns", CAN_COUNT.id}),
        ({"findings": {"ULN_04": 3}}, {"ULN_04"}),
    ],
)
def test_a_fault_turns_its_check_red(changes, red):
    found = results(replace(FINE, **changes))
    assert {name for name, result in found.items() if not result.passed} == red
