"""A request for erasure: who it is about, as an operator was told. Its errors name fields, never values."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

import polars as pl

from pipelines.extracts.fields import NO_ULN, is_uln
from pipelines.identity.erasures import folded

_NAMES, _REFERENCE = ("family_name", "given_name"), ("provider", "reference")


class RequestError(Exception):
    """A request for erasure cannot be used. Says which field and why."""


@dataclass(frozen=True)
class Request:
    """Whom a request is about: date of birth, and at least one of numbers, names or a provider's reference.

    The date is always asked for: a number alone may be mistyped, and then it is somebody else's.
    """

    birth_date: date
    uln: str = ""
    upn: str = ""
    family_name: str = ""
    given_name: str = ""
    postcode: str = ""
    provider: str = ""
    reference: str = ""

    @classmethod
    def read(cls, text: str) -> "Request":
        """Read a request that is written in TOML.

        Raises:
            RequestError: it is no TOML, has a field that there is none of, or is not about one person.
        """
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line \d+, column \d+|at end of document", str(error))
            raise RequestError(f"it is no TOML ({place[0] if place else 'somewhere'})") from None
        known = [field.name for field in fields(cls)]
        if content.keys() - set(known):
            raise RequestError(f"it has a field other than {', '.join(known)}")
        born = _birth_date(content.pop("birth_date", None))
        if odd := [
            name for name, value in content.items() if not isinstance(value, str) or not value.strip()
        ]:
            raise RequestError(f"{odd[0]} must be a text in quotation marks")
        request = cls(born, **{name: value.strip() for name, value in content.items()})
        request._check()
        return request

    @property
    def numbers(self) -> bool:
        """Whether it gives a number or a reference."""
        return bool(self.uln or self.upn or self.reference)

    @property
    def says(self) -> dict:
        """What it says, as a row of a return would."""
        return {
            "uln": self.uln,
            "upn": self.upn,
            "reference": self.reference,
            "family_name": self.family_name,
            "given_names": self.given_name,
            "birth_date": self.birth_date,
        }

    def names(self, row: Mapping) -> bool:
        """Say whether a row has the request's names and date of birth, and no other postcode."""
        if not self.family_name or row["birth_date"] != self.birth_date:
            return False
        given, own = folded(row["given_names"]), folded(self.given_name)
        theirs = (row["postcode"] or "").replace(" ", "")
        return (
            folded(row["family_name"]) == folded(self.family_name)
            and (given == own or given.startswith(f"{own} "))
            and (not self.postcode or not theirs or theirs == self.postcode.replace(" ", "").upper())
        )

    def _check(self) -> None:
        for pair in (_NAMES, _REFERENCE):
            if bool(getattr(self, pair[0])) != bool(getattr(self, pair[1])):
                raise RequestError(f"{pair[0]} and {pair[1]} belong together: give both or none")
        if self.family_name and not (folded(self.family_name) and folded(self.given_name)):
            raise RequestError("family_name and given_name must have letters")
        if self.postcode and not self.family_name:
            raise RequestError("postcode says nobody alone: give family_name and given_name with it")
        if self.uln and (self.uln == NO_ULN or not pl.select(is_uln(pl.lit(self.uln))).item()):
            raise RequestError("uln must have ten digits that fit its check digit, and not be 9999999999")
        if self.upn and not re.fullmatch(r"[A-Z]\d{12}", self.upn):
            raise RequestError("upn must be a capital letter and 12 digits; a temporary one says nobody")
        if not (self.numbers or self.family_name):
            raise RequestError("give uln, upn, family_name and given_name, or provider and reference")


def _birth_date(given: object) -> date:
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given.strip()):
        try:
            return date.fromisoformat(given.strip())
        except ValueError:
            pass
    elif isinstance(given, date) and not isinstance(given, datetime):
        return given
    raise RequestError("birth_date must be given, as YYYY-MM-DD")
