"""For each business rule of the ILR: learners who pass it, learners who break it, both sides of its boundary.

What passes and what breaks was worked out by hand from "error where …" in DfE's ILR validation rules 2025/26.
"""

from dataclasses import dataclass, field

from tests.extracts.conftest import HEADER, MESSAGE, write_xml

Record = dict[str, object]


@dataclass(frozen=True)
class Case:
    """One rule in one collection year.

    Args:
        rule: its id.
        good: learners who pass it.
        bad: learners who break it.
        year: starting year of the collection.
        prepared: when the file was made; by default after the year's last return.
    """

    rule: str
    good: list[Record] = field(repr=False)
    bad: list[Record] = field(repr=False)
    year: int = 2024
    prepared: str = ""

    @property
    def header(self) -> dict[str, str]:
        """What stands in the file's header."""
        day = self.prepared or f"{self.year + 1}-10-06"
        collection = f"{self.year % 100}{(self.year + 1) % 100}"
        return {"year": collection, "prepared": day, "date_time": f"{day}T09:14:05"}


def aim(fams: str = "SOF110 FFI1", **fields: str | None) -> Record:
    """Return an aim on its own of adult skills that breaks no rule; `fams` are its monitoring records."""
    whole: Record = {
        "LearnAimRef": "60133533",
        "AimType": "4",
        "AimSeqNumber": "1",
        "LearnStartDate": "2024-09-02",
        "LearnPlanEndDate": "2025-07-01",
        "FundModel": "38",
        "DelLocPostCode": "M1 1AE",
        "LSDPostcode": "M1 1AE",
        "CompStatus": "1",
    }
    monitoring = [{"LearnDelFAMType": one[:3], "LearnDelFAMCode": one[3:]} for one in fams.split()]
    return whole | fields | {"LearningDeliveryFAM": monitoring}


def programme(*parts: Record, **shared: str | None) -> list[Record]:
    """Return the aims of an apprenticeship: a programme aim and one component, or `parts`, numbered."""
    common = {"FundModel": "36", "ProgType": "25", "StdCode": "105", "LSDPostcode": None, "fams": "SOF105"}
    parts = parts or ({"AimType": "1", "LearnAimRef": "ZPROG001"}, {"AimType": "3"})
    return [
        aim(**(common | shared | part | {"AimSeqNumber": str(number)}))
        for number, part in enumerate(parts, 1)
    ]


def learner(*aims: Record, lldd: str = "", prior: str = "2@2020-06-30", **fields: str | None) -> Record:
    """Return a learner who breaks no rule.

    Args:
        aims: his or her aims; by default `aim()`.
        lldd: categories of difficulty or disability, the primary one with a star (`4* 12`).
        prior: levels attained before, each with its date.
        fields: other values; None leaves a field out.
    """
    whole: Record = {
        "ULN": "9276308686",
        "FamilyName": "Example",
        "GivenNames": "Sam",
        "DateOfBirth": "1990-02-28",
        "Ethnicity": "31",
        "Sex": "F",
        "LLDDHealthProb": "1" if lldd else "2",
        "PostcodePrior": "M1 1AE",
        "Postcode": "M1 1AE",
        "PriorAttain": [
            dict(zip(("PriorLevel", "DateLevelApp"), one.split("@"), strict=True)) for one in prior.split()
        ],
        "LLDDandHealthProblem": [
            {"LLDDCat": one.rstrip("*")} | ({"PrimaryLLDD": "1"} if one.endswith("*") else {})
            for one in lldd.split()
        ],
        "LearningDelivery": list(aims) or [aim()],
    }
    return whole | fields


def one(fams: str = "SOF110 FFI1", of: Record | None = None, **fields: str | None) -> Record:
    """Return a learner with one aim, with other values of the aim; `of` holds other values of the learner."""
    return learner(aim(fams, **fields), **(of or {}))


def message(*learners: Record, **header: str) -> tuple[str, list[int]]:
    """Return a file of these learners, and the line on which each begins."""
    records = [
        write_xml("Learner", {"LearnRefNumber": f"L{n}"} | without_blanks(each))
        for n, each in enumerate(learners)
    ]
    text = MESSAGE.format(records="\n".join(records), **HEADER | header)
    return text, [n for n, line in enumerate(text.splitlines(), 1) if line == "<Learner>"]


def without_blanks(record: Record) -> Record:
    """Return a record and those in it without the fields that are None."""
    return {
        name: [without_blanks(each) for each in value] if isinstance(value, list) else value
        for name, value in record.items()
        if value is not None
    }
