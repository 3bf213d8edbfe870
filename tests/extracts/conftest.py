"""Builders of small extract files, and a judge of single rows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from pipelines.extracts import ilr
from pipelines.extracts.contract import LINE, Contract
from pipelines.extracts.judging import findings_in
from pipelines.extracts.reading import read_return
from pipelines.extracts.uniqueness import UniquenessMemory
from pipelines.years import AcademicYear
from tests.vaults import vault

SHARED = Path(__file__).resolve().parents[3] / "shared"

LEARNER = {
    "LearnRefNumber": "L1",
    "ULN": "9276308686",
    "FamilyName": "Sméth",
    "GivenNames": "Mary Jane",
    "DateOfBirth": "1990-02-28",
    "Ethnicity": "31",
    "Sex": "F",
    "LLDDHealthProb": "2",
    "PostcodePrior": "M1 1AE",
    "Postcode": "M1 1AE",
}
AIM = {
    "LearnAimRef": "60133533",
    "AimType": "4",
    "AimSeqNumber": "1",
    "LearnStartDate": "2024-09-02",
    "LearnPlanEndDate": "2025-07-01",
    "FundModel": "38",
    "DelLocPostCode": "M1 1AE",
    "CompStatus": "1",
}

MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns="ESFA/ILR/2024-25">
<Header>
<CollectionDetails>
<Collection>ILR</Collection><Year>{year}</Year><FilePreparationDate>{prepared}</FilePreparationDate>
</CollectionDetails>
<Source><UKPRN>{ukprn}</UKPRN><SerialNo>01</SerialNo><DateTime>{date_time}</DateTime></Source>
</Header>
<LearningProvider><UKPRN>{provider}</UKPRN></LearningProvider>
{records}
</Message>
"""
HEADER = {
    "year": "2425",
    "prepared": "2025-10-06",
    "ukprn": "10000001",
    "provider": "10000001",
    "date_time": "2025-10-06T09:14:05",
}
ILR_NAME = "ILR-10000001-2425-20251006-091405-01.xml"


def write_xml(name: str, value: object) -> str:
    """Write a record as elements, each on a line of its own; lists repeat their element."""
    if isinstance(value, list):
        return "\n".join(write_xml(name, item) for item in value)
    inner = "\n".join(write_xml(*pair) for pair in value.items()) if isinstance(value, dict) else value
    return f"<{name}>\n{inner}\n</{name}>" if isinstance(value, dict) else f"<{name}>{inner}</{name}>"


@pytest.fixture
def learner() -> Callable[..., str]:
    """Write a valid learner with one aim as XML, with other values where given; None leaves a field out."""

    def write(aims: list[dict] | None = None, **values: object) -> str:
        aims = [AIM] if aims is None else [AIM | aim for aim in aims]
        whole = LEARNER | {"LearningDelivery": aims} | values
        return write_xml("Learner", {k: v for k, v in whole.items() if v is not None})

    return write


@pytest.fixture
def ilr_text(learner) -> Callable[..., str]:
    """Write an ILR message of these learners, or of one valid one."""

    def write(*records: str, **header: str) -> str:
        return MESSAGE.format(records="\n".join(records or [learner()]), **HEADER | header)

    return write


@pytest.fixture
def ilr_file(tmp_path, ilr_text) -> Callable[..., Path]:
    """Save an ILR file of these learners, or these bytes, under a right name."""

    def save(*records: str, content: bytes | None = None, name: str = ILR_NAME, **header: str) -> Path:
        file = tmp_path / name
        file.write_bytes(ilr_text(*records, **header).encode() if content is None else content)
        return file

    return save


@pytest.fixture(scope="session")
def breaks() -> Callable[..., bool]:
    """Say whether rows break one rule of a contract. Columns not given are null."""

    def judge(contract: Contract, rule: str, *rows: dict[str, str | None]) -> bool:
        names = dict.fromkeys((*contract.columns, LINE), pl.String)
        frame = pl.DataFrame([{LINE: str(n)} | row for n, row in enumerate(rows, 1)], schema=names)
        alone = replace(
            contract,
            rules=tuple(r for r in contract.rules if r.id == rule),
            unique=tuple(u for u in contract.unique if u.id == rule),
        )
        frame = frame.with_columns(**contract.typed)
        found = pl.concat([alone.broken_rules(frame), UniquenessMemory(alone).repeats(frame)])
        return rule in set(found["rule"])

    return judge


@pytest.fixture(scope="session")
def shared_extracts() -> Path:
    """The folder of real and published extracts beside the repository."""
    folder = SHARED / "extracts"
    if not folder.is_dir():
        pytest.skip("the reference extracts are not beside this repository")
    return folder


@pytest.fixture
def findings(tmp_path_factory) -> Callable[..., pl.DataFrame]:
    """Judge a return by the rules of its year, or of the given one, whatever its file is called."""

    def read(
        module: ModuleType, *files: Path, year: AcademicYear | None = None, part: str = ""
    ) -> pl.DataFrame:
        if year is None:
            identity = module.identify(files, **({"check_name": False} if module is ilr else {}))
            year, part = identity.academic_year, identity.part
        contracts = {name: contract.in_force(year, part) for name, contract in module.CONTRACTS.items()}
        judged = vault(tmp_path_factory.mktemp("judged"))
        drawer = judged.drawer(judged.folder)
        read_return(module.read(files), contracts, "r", drawer)
        return findings_in(drawer)

    return read
