"""The entities and fields of the Individualised Learner Record, and the field definition rules they imply.

The facts stand in `ilr_fields.csv`, transcribed from the two schemas the Department for Education published
as `ILR-2018-19-v3.xsd` and `ILR-2025-26.xsd` (Crown copyright, Open Government Licence v3): one row for each
field that either knows. `first_year` and `last_year` (starting years) say which of the two. Where they
differ, the weaker demand stands. Only the range of UCASPERID is not theirs: DfE's rule FD_UCASPERID_AR has
it, and DfE's test file for ranges shows that ten zeros break it. Kinds: `int`, `decimal` (at most one
decimal), `date`, `text` (the schemas' RestrictedString) and `name` (any character that its pattern allows).
Of an int, the lengths count digits. Where DfE has a length rule beside a range or a pattern that implies it,
only the range or pattern is checked.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import polars as pl

from pipelines.extracts.fields import to_date, without_zone
from pipelines.extracts.rules import Rule, Severity

SOURCE = "DfE, ILR schema definitions 2018/19 and 2025/26; rule names: ILR validation rules 2025/26"

_RESTRICTED = r"[A-Za-z0-9 ~!@#$%&'\(\)\*\+,\-\./:;<=>\?\[\\\]_\{\}\^£€]*"
_ADDRESS = r"[A-Za-z0-9 ~!@&'\\()*+,\-./:;]{1,50}"
_IN_WORDS = {
    _RESTRICTED: "plain letters without accents, digits, spaces and common signs only",
    _ADDRESS: "1 to 50 plain letters without accents, digits, spaces and common signs",
    r"[A-Za-z0-9 ]{1,12}": "1 to 12 letters, digits or spaces",
    r"[A-Za-z0-9]{1,8}": "1 to 8 letters or digits",
    r"[A-Za-z0-9]{1,6}": "1 to 6 letters or digits",
    r"[0-9]{10}": "10 digits",
    r"[0-9]{1,18}": "1 to 18 digits, without spaces",
    r"[a-zA-Z]{2}[0-9]{2}|[0-9]{9}": "2 letters and 2 digits, or 9 digits",
    r'[^0-9\r\n\t|"]{1,100}': "1 to 100 characters, none a digit, tab, line break, bar or quotation mark",
    r".+@.+": "an e-mail address with @ between two parts",
}
"""What each pattern of the schemas asks, for the sender."""
_XS_DATE = (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d")
_DFE_SPELLING = {"TLOut": "Tlout"}
"""Fields that DfE's rule names spell otherwise than its schemas do."""

UNCOUNTABLE = {
    "Learner": {"FD_LearnRefNumber_MA", "FD_DateOfBirth_AP"},
    "LearningDelivery": {
        "FD_AimSeqNumber_MA",
        "FD_AimSeqNumber_AR",
        "FD_LearnStartDate_MA",
        "FD_LearnStartDate_AP",
        "FD_AimType_MA",
        "FD_FundModel_MA",
        "FD_CompStatus_MA",
    },
}
"""Breaches after which a row cannot be counted rightly; all other field definition rules only warn."""


@dataclass(frozen=True)
class Field:
    """One field of one entity, with its facets as the schemas state them (empty: none)."""

    entity: str
    field: str
    kind: str
    min: str
    max: str
    min_length: str
    max_length: str
    pattern: str
    mandatory: str
    first_year: str
    last_year: str

    def rules(self) -> Iterator[Rule]:
        """Yield the field definition rules of this field, under DfE's names."""
        if self.mandatory:
            yield self._rule("MA", pl.col(self.field).is_not_null(), "is missing; it must be returned.")
        if self.kind == "date":
            yield self._rule("AP", is_xs_date(self.field), "must be a date, written YYYY-MM-DD.")
        if self.min:
            yield self._rule("AR", self._in_range(), f"must be {self._number} from {self.min} to {self.max}.")
        elif self.kind == "int":
            most = "one digit" if self.max_length == "1" else f"at most {self.max_length} digits"
            yield self._rule(
                "AL",
                pl.col(self.field).str.contains(rf"^[0-9]{{1,{self.max_length}}}$"),
                f"must be a whole number of {most}.",
            )
        if self.kind in ("text", "name"):
            yield from self._text_rules()

    def _text_rules(self) -> Iterator[Rule]:
        text = pl.col(self.field)
        if self.max_length:
            yield self._rule(
                "AL",
                text.str.len_chars().is_between(int(self.min_length), int(self.max_length)),
                f"must be {self._lengths} long.",
            )
        pattern = self.pattern or _RESTRICTED
        yield self._rule("AP", text.str.contains(f"^(?:{pattern})$"), f"must be {_IN_WORDS[pattern]}.")

    def _rule(self, suffix: str, holds: pl.Expr, demand: str) -> Rule:
        name = f"FD_{_DFE_SPELLING.get(self.field, self.field)}_{suffix}"
        uncountable = name in UNCOUNTABLE.get(self.entity, ())
        severity = Severity.QUARANTINE if uncountable else Severity.WARN
        return Rule(name, self.field, holds, f"{self.field} {demand}", severity, SOURCE)

    def _in_range(self) -> pl.Expr:
        decimal = self.kind == "decimal"
        shape, dtype = (r"^[0-9]+(\.[0-9])?$", pl.Float64) if decimal else (r"^[+-]?[0-9]+$", pl.Int64)
        text = pl.col(self.field)
        number = text.cast(dtype, strict=False)
        within = number.is_between(float(self.min), float(self.max)).fill_null(False)
        return text.is_null() | (text.str.contains(shape) & within)

    @property
    def _number(self) -> str:
        return "a number with at most one decimal," if self.kind == "decimal" else "a whole number"

    @property
    def _lengths(self) -> str:
        if self.min_length == self.max_length:
            return f"{self.max_length} character" + ("s" if self.max_length != "1" else "")
        return f"{self.min_length} to {self.max_length} characters"


@dataclass(frozen=True)
class Entity:
    """A kind of record of the ILR: an element with fields, and its place under another.

    Args:
        element: its name in the file.
        fields: its own fields, in schema order.
        parent: the element it stands in; None under the root.
        keys: fields of the records it stands in that every row repeats.
    """

    element: str
    fields: tuple[Field, ...]
    parent: str | None
    keys: tuple[str, ...]

    @cached_property
    def table(self) -> str:
        """Its name as a table."""
        return _TABLE.get(self.element) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.element).lower()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Its text columns: the keys, then its own fields."""
        return (*self.keys, *(f.field for f in self.fields if f.field not in self.keys))

    def rules(self) -> tuple[Rule, ...]:
        """Return the field definition rules of its fields."""
        return tuple(rule for f in self.fields for rule in f.rules())


_TABLE = {
    "LLDDandHealthProblem": "lldd_and_health_problem",
    "LearnerFAM": "learner_fam",
    "LearnerHE": "learner_he",
    "LearnerHEFinancialSupport": "learner_he_financial_support",
    "LearningDeliveryFAM": "learning_delivery_fam",
    "LearningDeliveryHE": "learning_delivery_he",
    "LearnerDestinationandProgression": "learner_destination_and_progression",
    "DPOutcome": "dp_outcome",
}
_PARENT = {
    "LearningDelivery": "Learner",
    "EmploymentStatusMonitoring": "LearnerEmploymentStatus",
    "LearnerHEFinancialSupport": "LearnerHE",
    "DPOutcome": "LearnerDestinationandProgression",
    "LearningDeliveryFAM": "LearningDelivery",
    "LearningDeliveryWorkPlacement": "LearningDelivery",
    "AppFinRecord": "LearningDelivery",
    "ProviderSpecDeliveryMonitoring": "LearningDelivery",
    "LearningDeliveryHE": "LearningDelivery",
}
_ROOTS = ("Learner", "LearnerDestinationandProgression")


@cache
def entities() -> dict[str, Entity]:
    """Return the entities by element name; a parent comes before its children."""
    by_element: dict[str, list[Field]] = {}
    with Path(__file__).with_name("ilr_fields.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            by_element.setdefault(row["entity"], []).append(Field(**row))
    found = {}
    for element, own in by_element.items():
        parent = None if element in _ROOTS else _PARENT.get(element, "Learner")
        keys = {None: (), "LearningDelivery": ("LearnRefNumber", "AimSeqNumber")}.get(
            parent, ("LearnRefNumber",)
        )
        found[element] = Entity(element, tuple(own), parent, keys)
    return found


def is_xs_date(column: str) -> pl.Expr:
    """Say whether a text is a date as XML schema writes it: ISO, perhaps with a time zone."""
    return pl.col(column).is_null() | xs_date(column).is_not_null()


def xs_date(column: str) -> pl.Expr:
    """Return an XML schema date as a date, null where it is none."""
    return to_date(without_zone(column), _XS_DATE)
