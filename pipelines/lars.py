"""The Learning Aim Reference Service (LARS): DfE's lists of learning aims and apprenticeship standards.

DfE offers it as a zip of CSV files, `LearningDelivery_V<version>_CSV.Zip`. One that lies in the folder `lars`
of the reference lists is read as it is; without one, the two CSV files there are, a sample of that shape.

LARS says level and sector subject area; whether an aim is general or vocational, formal or not, follows from
`learning_aim_orientation.csv`: by the class code that its reference begins with, else by its type, else by
its sector subject area, else it is a vocational and formal one.
"""

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

FOLDER = "lars"
AIMS, STANDARDS = "LearningDelivery.csv", "Standard.csv"
ORIENTATION = "learning_aim_orientation.csv"
_ZIP = re.compile(r"LearningDelivery_V(?P<version>\w+)_CSV\.zip", re.IGNORECASE)
_MOST_BYTES = 1_000_000_000
"""Of one file, unpacked; the real ones have some sixty million."""

_AIM_COLUMNS = {
    "LearnAimRef": "learn_aim_ref",
    "LearnAimRefTitle": "title",
    "LearnAimRefType": "type",
    "NotionalNVQLevelv2": "notional_nvq_level_v2",
    "SectorSubjectAreaTier1": "tier1",
    "SectorSubjectAreaTier2": "tier2",
}
_STANDARD_COLUMNS = {
    "StandardCode": "standard_code",
    "StandardName": "title",
    "NotionalEndLevel": "notional_end_level",
    "SectorSubjectAreaTier1": "tier1",
}


class LarsError(Exception):
    """LARS cannot be read. Names the file and what is wrong with it."""


@dataclass(frozen=True)
class Lars:
    """Where LARS is read from: a zip, or the folder of the sample."""

    folder: Path

    @property
    def archive(self) -> Path | None:
        """The zip that the city put here; None where the sample is read.

        Raises:
            LarsError: there are two.
        """
        found = sorted(file for file in self.folder.iterdir() if _ZIP.fullmatch(file.name))
        if len(found) > 1:
            names = ", ".join(file.name for file in found)
            raise LarsError(f"{FOLDER}: {names}: only one version can be in use; remove the others")
        return found[0] if found else None

    @property
    def version(self) -> str | None:
        """The version that the zip's name gives; None of the sample."""
        return _ZIP.fullmatch(self.archive.name)["version"] if self.archive else None

    def sha256(self) -> str | None:
        """Return the zip's hash; None where there is none."""
        return hashlib.sha256(self.archive.read_bytes()).hexdigest() if self.archive else None

    def aims(self) -> pl.DataFrame:
        """Return the learning aims, as the list `learning_aim` has them, in the file's order.

        Raises:
            LarsError: the file is missing, too large, no CSV or without a column.
        """
        known = _with_subjects(self._table(AIMS, _AIM_COLUMNS))
        rules = pl.read_csv(self.folder.parent / ORIENTATION, infer_schema=False)
        return known.with_columns(
            **{name: _said_by(known, rules, name) for name in ("orientation", "formality")}
        ).select(
            "learn_aim_ref",
            "title",
            "notional_nvq_level_v2",
            "ssa_tier1",
            "ssa_tier2",
            "orientation",
            "formality",
        )

    def standards(self) -> pl.DataFrame:
        """Return the apprenticeship standards, as the list `apprenticeship_standard` has them.

        Raises:
            LarsError: as `aims`.
        """
        known = self._table(STANDARDS, _STANDARD_COLUMNS)
        return known.with_columns(ssa_tier1=_area(pl.col("tier1"))[0]).drop("tier1")

    def _table(self, name: str, columns: dict[str, str]) -> pl.DataFrame:
        source = self.archive.name if self.archive else f"{FOLDER}/{name}"
        try:
            frame = pl.read_csv(
                self._content(name), infer_schema=False, encoding="utf8-lossy", columns=[*columns]
            )
        except (pl.exceptions.PolarsError, OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise LarsError(f"{source}: {name} cannot be read: {type(error).__name__}: {error}") from error
        return frame.select(pl.all().str.strip_chars().replace("", None)).rename(columns)

    def _content(self, name: str) -> bytes:
        if self.archive is None:
            return (self.folder / name).read_bytes()
        with zipfile.ZipFile(self.archive) as archive:
            inside = [i for i in archive.infolist() if Path(i.filename).name.lower() == name.lower()]
            if len(inside) != 1:
                raise LarsError(f"{self.archive.name}: holds {len(inside)} files named {name}, not one")
            with archive.open(inside[0]) as stream:
                content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise LarsError(f"{self.archive.name}: {name} unpacks to more than {_MOST_BYTES:,} bytes")
        return content


def _with_subjects(aims: pl.DataFrame) -> pl.DataFrame:
    tier1, _ = _area(pl.col("tier1"))
    _, tier2 = _area(pl.col("tier2"))
    return aims.with_columns(ssa_tier1=tier1, ssa_tier2=tier2)


def _area(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return a sector subject area as tier 1 (`14`) and as tier 2 (`14.1`); LARS writes 14.00 and 14.10.

    What is no area (-2, X, U) is null.
    """
    number = text.cast(pl.Float64, strict=False)
    valid = pl.when(number >= 1).then(number)
    return valid.floor().cast(pl.Int64).cast(pl.String), valid.round(1).cast(pl.String)


def _said_by(aims: pl.DataFrame, rules: pl.DataFrame, what: str) -> pl.Expr:
    """Return the orientation or formality of aims: what the most telling of their codes says."""

    def by(scheme: str, code: pl.Expr) -> pl.Expr:
        own = rules.filter(scheme=scheme)
        return code.replace_strict(own["code"], own[what], default=None, return_dtype=pl.String)

    reference = pl.col("learn_aim_ref")
    longest_first = (by("class_code", reference.str.head(length)) for length in (5, 4, 1))
    usual = {"orientation": "vocational", "formality": "formal"}[what]
    return pl.coalesce(
        *longest_first, by("type", pl.col("type")), by("ssa_tier2", pl.col("ssa_tier2")), pl.lit(usual)
    )
