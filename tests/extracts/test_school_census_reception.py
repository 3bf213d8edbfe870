"""The school census at the reception desk: a term's return replaces none of another term."""

from pathlib import Path

from pipelines.extracts.reception import Reception, standing_returns
from pipelines.extracts.returns import Receipt
from pipelines.extracts.store import Store
from pipelines.years import AcademicYear
from tests.extracts.test_reception import LIMITS
from tests.extracts.test_school_census import PUPIL, SCHOOL
from tests.stagings import staging
from tests.vaults import vault


def test_a_later_term_replaces_no_earlier_one_and_a_later_return_of_a_term_does(tmp_path):
    desk = Desk(tmp_path)
    desk.send("2024_autumn", year="2024", term="AUT", datetime="2024-Oct-20 10:00:00")
    desk.send("2025_spring", datetime="2025-Feb-01 10:00:00")
    assert desk.standing() == ["autumn", "spring"]
    first = desk.receive()
    desk.send("2024_autumn", year="2024", term="AUT", datetime="2025-Mar-01 10:00:00")
    assert desk.standing() == ["spring", "autumn"]  # by the day they were prepared
    assert {r.return_id for r in standing_returns(desk.receive())} != {r.return_id for r in first}


def test_the_return_of_a_term_that_has_gone_stays_beside_those_of_other_terms(tmp_path):
    desk = Desk(tmp_path)
    desk.send("2024_autumn", year="2024", term="AUT", datetime="2024-Oct-20 10:00:00")
    desk.receive()
    for file in desk.folder.iterdir():
        file.unlink()
    desk.send("2025_spring")
    for _ in range(2):
        assert desk.standing() == ["autumn", "spring"]
    assert [r.kept_from_earlier for r in standing_returns(desk.receive())] == [True, False]


class Desk:
    """A reception desk to which the authority sends censuses of one pupil."""

    def __init__(self, root: Path):
        self.folder = root / "raw" / "2024-25" / "352"
        self.folder.mkdir(parents=True)
        store = Store(vault(root / "store"))
        self.reception = Reception(root / "raw", store, frozenset({"352"}), LIMITS, staging())

    def send(self, name: str, **school: str) -> None:
        for module, row in (("schoolcensus", SCHOOL | school), ("pupilonroll", PUPIL)):
            lines = [",".join(row), ",".join(row.values())]
            (self.folder / f"{name}_{module}.csv").write_text("\n".join(lines), "utf-8")

    def receive(self) -> list[Receipt]:
        return self.reception.receive("school_census", [AcademicYear(2024)])

    def standing(self) -> list[str]:
        return [receipt.part for receipt in standing_returns(self.receive())]
