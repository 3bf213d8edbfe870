"""How right a linkage is, held against the truth of a synthetic city: pairs, clusters, counts of persons."""

from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.synthetic import Truth

_PUPIL = """
    SELECT record.record_id, pupil.pupil_id
    FROM staging.school_census AS record
    JOIN accepted.receipt AS receipt ON record.return_no = receipt.return_no
    JOIN (
        SELECT return_id, line, pupil_id, true AS on_roll FROM accepted.school_census_pupilonroll
        UNION ALL
        SELECT return_id, line, pupil_id, false AS on_roll FROM accepted.school_census_pupilnolongeronroll
    ) AS pupil
        ON receipt.return_id = pupil.return_id
        AND record.record_id % 2147483648 = pupil.line
        AND (record.record_id % 4294967296 >= 2147483648) = pupil.on_roll
"""
_RECORD = """
    SELECT record_id, collection, provider_id, academic_year, birth_date,
        regexp_replace(local_ref, ' of .*', '') AS local_ref
    FROM staging.learning_record
"""


def whose_records(connection: duckdb.DuckDBPyConnection, truth: Truth) -> pl.DataFrame:
    """Return `record_id`, `truth` (the person), `collection`, `academic_year`, true `age` of the records."""
    records = connection.sql(_RECORD).pl()
    pupils = connection.sql(_PUPIL).pl()
    pupils = pupils.join(
        truth.pupils.select(pupil_id="local_ref", truth="person").unique("pupil_id"), on="pupil_id"
    )
    key = ["collection", "provider_id", "academic_year", "local_ref"]
    known = truth.enrolments.select(*(pl.col(k).cast(pl.String) for k in key), truth="person").unique(key)
    others = records.filter(pl.col("collection") != "school_census").join(known, on=key)
    found = pl.concat([pupils.select("record_id", "truth"), others.select("record_id", "truth")])
    born = pl.col("born")
    year = pl.col("academic_year").str.head(4).cast(pl.Int32)
    age = year - born.dt.year() - (born.dt.month() > 8).cast(pl.Int32)
    people = truth.people.select(
        pl.col("person").cast(found["truth"].dtype).alias("truth"), born="birth_date"
    )
    return (
        records.select("record_id", "collection", "academic_year")
        .join(found, on="record_id")
        .join(people, on="truth")
        .with_columns(age=age)
        .drop("born")
    )


@dataclass(frozen=True)
class Quality:
    """How right a linkage is.

    Args:
        precision: of the pairs of records that it joins, those of one person.
        recall: of the pairs of records of one person, those that it joins.
        whole: share of persons with exactly their own records.
        mixed: share of clusters with records of several people.
        split: share of persons whose records are in several clusters.
        count: persons it counts over persons there are, in all years together.
    """

    precision: float
    recall: float
    whole: float
    mixed: float
    split: float
    count: float

    @classmethod
    def of(cls, records: pl.DataFrame, cluster: str) -> "Quality":
        """Measure `cluster` against `truth`, columns of `records`, a row a record."""
        both = records.group_by(cluster, "truth").len().with_columns(pl.col("len").cast(pl.Int64))
        clusters = both.group_by(cluster).agg(n=pl.col("len").sum(), people=pl.len())
        people = both.group_by("truth").agg(n=pl.col("len").sum(), clusters=pl.len())
        right = both.join(clusters.select(cluster, "people"), on=cluster).join(
            people.select("truth", "clusters"), on="truth"
        )
        return cls(
            precision=_pairs(both["len"]) / max(_pairs(clusters["n"]), 1),
            recall=_pairs(both["len"]) / max(_pairs(people["n"]), 1),
            whole=right.filter((pl.col("people") == 1) & (pl.col("clusters") == 1)).height / people.height,
            mixed=(clusters["people"] > 1).mean(),
            split=(people["clusters"] > 1).mean(),
            count=clusters.height / people.height,
        )


def _pairs(sizes: pl.Series) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def count_errors(records: pl.DataFrame, cluster: str, *by: str) -> pl.DataFrame:
    """Return for each group the relative error of its distinct count: persons counted over true, less 1."""
    return (
        records.group_by(by)
        .agg(counted=pl.col(cluster).n_unique(), true=pl.col("truth").n_unique())
        .with_columns(error=pl.col("counted") / pl.col("true") - 1)
        .sort(by)
    )
