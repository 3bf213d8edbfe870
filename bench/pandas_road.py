"""The same aggregates in pandas, from the same accepted Parquet: what a careful analyst would write.

Numerators and cell keys must equal those of the SQL. No table is written and nothing is checked, which only
favours it. Who is who is taken from the last run as given: to do the linkage again in pandas would be another
program, and it would be measured against itself.
"""

import hashlib
import hmac
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from bench.measure import report
from bench.pandas_records import COLUMNS, apprentices, census, early_years, mapping, students, with_receipt
from pipelines.accepted import accepted_files, receipts_frame
from pipelines.extracts.formats import ACCEPTED_TABLES
from pipelines.extracts.reception import standing_returns
from pipelines.identity.keys import Secrets
from pipelines.identity.vault import Vault
from pipelines.indicators.bands import TOTAL
from pipelines.indicators.catalogue import Indicator
from pipelines.indicators.terms import CROSSED, SEX
from pipelines.models import LINKED
from pipelines.paths import Paths
from pipelines.pipeline import Pipeline
from pipelines.reference_lists import REFERENCE_LISTS

APPRENTICESHIPS = ["2", "3", "20", "21", "22", "23", "25"]
PERSON_YEAR = ["person", "academic_year"]
OF_PERSON = {"sex", "provision", "deprivation", "decile", "ward"}
"""What a person is in one category of; of all other breakdowns an enrolment is."""
COUNTED: dict[str, Callable[[pd.Series], pd.Series]] = {
    "4_1_4_not_found": lambda isced: ~isced.isin(["NF", "01"]),
    "4_2_2_before_primary": lambda isced: isced.isin(["0", "01", "02", "1"]),
    "4_3_1_participation": lambda isced: isced.notna(),
    "4_3_3_vocational": lambda isced: isced.isin(["25", "35", "45", "55"]),
    "local_setting_theme": lambda isced: isced.notna(),
}
"""Indicator → the learning that counts: five of those that ask which learning a person has in a year."""
PANEL_OF = "select provider_id from core.panel"
REFERENCES = ("postcode", "provider", "learning_aim", "apprenticeship_standard", "isced_mapping", "theme")


def main(root: str) -> None:
    """Compute numerators and cell keys of five indicators; report the seconds and the sums."""
    pipeline = Pipeline(Paths(Path(root)))
    standing = standing_returns(pipeline.receipts())
    persons, panel = linked(pipeline)
    started = time.monotonic()
    receipts = pd.DataFrame(receipts_frame(standing).to_dicts())
    tables = {
        name: read(pipeline.vault, accepted_files(pipeline.store, standing, module, contract))
        for name, (module, contract) in ACCEPTED_TABLES.items()
    }
    reference = {
        entry.name: pd.DataFrame(entry.load(pipeline.paths.reference, pipeline.city).to_dicts())
        for entry in REFERENCE_LISTS
        if entry.name in REFERENCES
    }
    records = pd.concat(
        [
            ilr(tables, receipts, reference),
            census(tables, receipts, reference),
            community(tables, receipts),
            apprentices(tables, receipts, reference),
            early_years(tables, receipts),
            students(tables, receipts, reference),
        ],
        ignore_index=True,
    )
    del tables
    records, rounding = link(records, persons, pipeline.secrets)
    enrolments = enrol(records, reference["postcode"], pipeline.city.area_code)
    sectors = reference["provider"].set_index("provider_id")["sector"]
    enrolments["sector"] = enrolments["provider_id"].map(sectors)
    enrolments["panel"] = np.where(enrolments["provider_id"].isin(panel), "constant", None)
    persons = participate(enrolments, reference["postcode"]).merge(
        rounding, left_on="person", right_index=True
    )
    counts = {key: count(pipeline.catalogue[key], persons, enrolments[of(enrolments["isced"])])
              for key, of in COUNTED.items()}  # fmt: skip
    report(seconds=time.monotonic() - started, counts=counts)


def read(vault: Vault, files: list[Path]) -> pd.DataFrame:
    """Read sealed Parquet files of one table."""
    return pd.concat([pd.read_parquet(io.BytesIO(vault.read(file))) for file in files], ignore_index=True)


def ilr(tables: dict, receipts: pd.DataFrame, reference: dict) -> pd.DataFrame:
    """Return countable aims in the common shape."""
    aim = tables["ilr_learning_delivery"]
    aim = aim[aim["aim_type"].isin(["1", "4"]) | ((aim["aim_type"] == "5") & aim["prog_type"].isna())]
    aim = with_receipt(aim, receipts, "ilr")
    learner = tables["ilr_learner"].rename(columns={"line": "parent_line"}).drop(columns="learn_ref_number")
    aim = aim.merge(learner, on=["return_id", "parent_line"])
    aim = aim.merge(reference["learning_aim"], on="learn_aim_ref", how="left")
    standard = reference["apprenticeship_standard"].rename(columns={"ssa_tier1": "standard_ssa"})
    aim = aim.merge(standard.drop(columns="title"), on="standard_code", how="left")
    apprentice = aim["prog_type"].isin(APPRENTICESHIPS)
    isced = reference["isced_mapping"]
    level = aim["prog_type"].map(mapping(isced, "ilr_programme_type"))
    by_standard = aim["notional_end_level"].map(mapping(isced, "apprenticeship_level")).where(apprentice)
    by_aim = (aim["notional_nvq_level_v2"] + ":" + aim["orientation"]).map(mapping(isced, "aim_level"))
    level = level.fillna(by_standard).fillna(by_aim).fillna("9")
    unregulated = (
        aim["orientation"].isna() & aim["learn_aim_ref"].str.startswith("Z") & (aim["aim_type"] == "4")
    )
    non_formal = (aim["formality"] == "non-formal") | (aim["prog_type"] == "32") | unregulated
    aim["isced"] = level.mask(non_formal, "NF")
    family = aim["community_purpose"].isin(["ASL3", "ASL4", "ACL5"])
    aim["setting"] = np.select(
        [family, aim["fund_model"].isin(["10", "11"]), apprentice],
        ["family", "community", "workplace"],
        "institution",
    )
    themes = reference["theme"].dropna(subset="ssa_tier1").set_index("ssa_tier1")["theme"]
    aim["theme"] = aim["ssa_tier1"].fillna(aim["standard_ssa"]).map(themes).fillna("other")
    aim["postcode"] = aim["lsd_postcode"].fillna(aim["postcode"])
    programme = (
        aim["learn_aim_ref"] + ":" + aim["prog_type"].fillna("") + ":" + aim["standard_code"].fillna("")
    )
    aim["course"] = programme.where(aim["aim_type"] == "1", aim["learn_aim_ref"])
    return aim.rename(
        columns={"provider": "provider_id", "learn_ref_number": "local_ref", "actual_end_date": "end_date"}
    )[COLUMNS[:-1]]


def community(tables: dict, receipts: pd.DataFrame) -> pd.DataFrame:
    """Return enrolments of the template in the common shape."""
    frame = with_receipt(tables["community_learning_enrolment"], receipts, "community_learning")
    frame["isced"] = np.where(frame["accredited"].astype(bool), "9", "NF")
    return frame.rename(
        columns={"provider": "provider_id", "learner_reference": "local_ref", "course_title": "course"}
    )[COLUMNS[:-1]]


def linked(pipeline: Pipeline) -> tuple[pd.DataFrame, set[str]]:
    """Return the person of each record, and the providers of the panel, as the last run found out."""
    with pipeline.warehouse() as connection:
        persons = connection.table(LINKED).select("record_id", "person_id").df()
        return persons, {provider for (provider,) in connection.execute(PANEL_OF).fetchall()}


def link(records: pd.DataFrame, persons: pd.DataFrame, secrets: Secrets) -> tuple[pd.DataFrame, pd.Series]:
    """Give each record its person; return the records, and person → rounding key."""
    records = records.merge(persons.rename(columns={"person_id": "person"}), on="record_id")
    everyone = records["person"].unique()
    digests = (hmac.digest(secrets.rounding, str(person).encode(), hashlib.sha256) for person in everyone)
    rounding = pd.Series([int.from_bytes(digest[:2]) >> 4 for digest in digests], index=everyone, name="key")
    return records.drop(columns=["uln", "upn", "local_ref", "collection"]), rounding


def enrol(records: pd.DataFrame, postcode: pd.DataFrame, area: str) -> pd.DataFrame:
    """Return one row for each person, provider, year, course and start date."""
    start_year = records["academic_year"].str[:4].astype(int)
    first, last = (
        pd.to_datetime(start_year.astype(str) + "-08-01"),
        pd.to_datetime((start_year + 1).astype(str) + "-07-31"),
    )
    start, end = pd.to_datetime(records["start_date"]), pd.to_datetime(records["end_date"])
    in_year = (start.isna() | (start <= last)) & (end.isna() | (end >= first))
    records = records[in_year].assign(start_year=start_year[in_year])
    born = pd.to_datetime(records["birth_date"])
    day = born.dt.year * 10000 + born.dt.month * 100 + born.dt.day
    records["age"] = (records["start_year"] * 10000 + 831 - day) // 10000
    records = records.merge(postcode[["postcode", "lad_code", "lsoa21_code"]], on="postcode", how="left")
    unknown = records["postcode"].isna() | (records["postcode"] == "ZZ99 9ZZ")
    records["residence"] = np.select([records["lad_code"] == area, unknown], ["city", "unknown"], "elsewhere")
    records = records.sort_values("record_id")
    return records.drop_duplicates(
        ["person", "provider_id", "academic_year", "course", "start_date"], keep="last"
    )


def participate(enrolments: pd.DataFrame, postcode: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each person and year; `last` skips what is not known."""
    known = enrolments["residence"] != "unknown"
    frame = enrolments.assign(
        sex=enrolments["sex"].where(enrolments["sex"] != "U"),
        residence=enrolments["residence"].where(known),
        formal=enrolments["isced"] != "NF",
        non_formal=enrolments["isced"] == "NF",
    )
    grouped = frame.groupby(PERSON_YEAR, sort=False)
    latest = grouped[["age", "sex", "residence", "lsoa21_code"]].last()
    persons = latest.join(grouped[["formal", "non_formal"]].max()).reset_index()
    decile = postcode.dropna(subset="lsoa21_code").astype({"imd2025_decile": int})
    tenth = decile.groupby("lsoa21_code")["imd2025_decile"].min()
    areas = persons["lsoa21_code"]
    persons["decile"] = "D" + areas.map(tenth).astype("Int64").astype("string")
    persons["deprivation"] = "Q" + areas.map((tenth + 1) // 2).astype("Int64").astype("string")
    persons["ward"] = areas.map(decile.groupby("lsoa21_code")["ward23_code"].agg(lambda c: c.mode().min()))
    persons["provision"] = np.select(
        [persons["formal"] & persons["non_formal"], persons["formal"]],
        ["both", "formal_only"],
        "nonformal_only",
    )
    return persons


def count(indicator: Indicator, persons: pd.DataFrame, learning: pd.DataFrame) -> list[int]:
    """Return the sums over all cells of numerator and cell key, to be held against the floor's."""
    city = persons[persons["residence"] == "city"]
    learners = city.merge(learning[PERSON_YEAR].drop_duplicates(), on=PERSON_YEAR)
    crossed = {*indicator.crossed, *({TOTAL} if SEX in indicator.breakdowns else ())}
    total = [0, 0]
    for breakdown in (TOTAL, *(b for b in indicator.breakdowns if b != SEX)):
        by = [] if breakdown == TOTAL else list(CROSSED.get(breakdown, (breakdown,)))
        rows = learners
        if not OF_PERSON.issuperset(by):
            rows = learning[[*PERSON_YEAR, *by]].dropna().drop_duplicates().merge(city, on=PERSON_YEAR)
        for band in indicator.ages:
            of_age = rows if band.counted is None else rows[rows["age"].between(*band.counted)]
            for more in ([], [SEX]) if breakdown in crossed else ([],):
                cells = of_age.groupby(["academic_year", *by, *more]).agg(n=("key", "size"), k=("key", "sum"))
                total = [total[0] + int(cells["n"].sum()), total[1] + int((cells["k"] % 4096).sum())]
    return total


if __name__ == "__main__":
    main(sys.argv[1])
