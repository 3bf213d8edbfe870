"""The formats of schools and employers in pandas: accepted rows in the shape all extracts share."""

import numpy as np
import pandas as pd

COLUMNS = [
    "record_id", "collection", "provider_id", "academic_year", "local_ref", "uln", "birth_date", "sex",
    "postcode", "start_date", "end_date", "course", "isced", "setting", "theme", "upn",
]  # fmt: skip


def with_receipt(frame: pd.DataFrame, receipts: pd.DataFrame, collection: str) -> pd.DataFrame:
    """Add the return's facts to its rows."""
    frame = frame.merge(receipts[["return_id", "return_no", "provider", "academic_year"]], on="return_id")
    frame["record_id"] = frame["return_no"] * 4294967296 + frame["line"]
    frame["collection"] = collection
    return frame


def mapping(isced: pd.DataFrame, scheme: str) -> pd.Series:
    """Return code → ISCED of one scheme."""
    return isced[isced["scheme"] == scheme].set_index("code")["isced"]


def census(tables: dict, receipts: pd.DataFrame, reference: dict) -> pd.DataFrame:
    """Return countable pupils in the common shape, one row a school and year."""
    places = ["provider_id", "academic_year"]
    header = tables["school_census_schoolcensus"]
    header["provider_id"] = header["lea"] + header["estab"]
    parts = []
    for table, addresses, on_roll in (
        ("pupilonroll", "addresses", True),
        ("pupilnolongeronroll", "addressesoffroll", False),
    ):
        part = with_receipt(tables[f"school_census_{table}"], receipts, "school_census")
        home = tables[f"school_census_{addresses}"].groupby(["return_id", "pupil_id"], as_index=False)
        part = part.merge(home["postcode"].min(), on=["return_id", "pupil_id"], how="left")
        part["record_id"] += 2147483648 * on_roll
        parts.append(part.assign(on_roll=on_roll))
    pupil = pd.concat(parts, ignore_index=True).merge(
        header[["return_id", "school_census_id", "provider_id"]], on=["return_id", "school_census_id"]
    )
    pupil = pupil.sort_values(["upn", "record_id"], na_position="last")
    alike = ["birth_date", "sex", "entry_date"]
    number = pupil.groupby(["return_no", "provider_id", *alike, "on_roll"], dropna=False).cumcount() + 1
    said = pupil[alike].astype(str).fillna("?")
    pupil["local_ref"] = said.agg("/".join, axis=1) + "/" + number.astype(str)
    shared = pupil.groupby([*places, "local_ref"])["upn"].transform("max")
    known = pupil["birth_date"].notna() & pupil["entry_date"].notna()
    pupil["upn"] = pupil["upn"].fillna(shared.where(known))
    pupil["pupil"] = pupil["upn"].fillna(pupil["provider_id"] + pupil["local_ref"])
    pupil = countable(pupil).sort_values("record_id")
    group = pupil.groupby([*places, "pupil"])
    for column in ("uln", *alike, "postcode", "nc_year"):
        pupil[column] = group[column].transform("last")  # of those that are given
    pupil["end_date"] = group["leaving_date"].transform(lambda days: days.iloc[-1])
    pupil = pupil[pupil["countable"]].drop_duplicates([*places, "pupil"], keep="last")
    pupil["nc_year"] = pupil["nc_year"].fillna(year_of_age(pupil).where(~pupil["on_roll"]))
    pupil["isced"] = (
        pupil["nc_year"].map(mapping(reference["isced_mapping"], "national_curriculum_year")).fillna("9")
    )
    pupil["course"] = "NCY" + pupil["nc_year"].fillna("")
    pupil = pupil.assign(setting="institution", theme="general_schooling")
    return pupil.rename(columns={"entry_date": "start_date"})[COLUMNS]


def countable(pupil: pd.DataFrame) -> pd.DataFrame:
    """Say who counts: single and main registrations, and who left in the school year and is on no roll."""
    start = pupil["academic_year"].str[:4]
    left = pd.to_datetime(pupil["leaving_date"])
    in_year = (left >= start + "-09-01") & (left <= (start.astype(int) + 1).astype(str) + "-07-31")
    elsewhere = pupil.groupby(["return_no", "pupil"])["on_roll"].transform("any")
    registered = pupil["enrolment_status"].fillna("C").isin(["C", "M"])
    pupil["countable"] = np.where(pupil["on_roll"], registered, in_year & ~elsewhere)
    asked = pupil["nc_year"] != "not asked"
    return pupil.assign(nc_year=pupil["nc_year"].where(asked))


def year_of_age(pupil: pd.DataFrame) -> pd.Series:
    """Return the curriculum year of the age on 31 August."""
    born = pd.to_datetime(pupil["birth_date"])
    had = (born.dt.month < 9).astype(int)
    age = pupil["academic_year"].str[:4].astype(int) - born.dt.year - 1 + had
    return age.map({2: "N1", 3: "N2", 4: "R", **{a: str(a - 4) for a in range(5, 19)}})


def apprentices(tables: dict, receipts: pd.DataFrame, reference: dict) -> pd.DataFrame:
    """Return apprentices of employers in the common shape."""
    frame = tables["apprenticeship_service_apprentice"]
    frame = with_receipt(frame, receipts, "apprenticeship_service")
    frame = frame.merge(reference["apprenticeship_standard"], on="standard_code", how="left")
    levels = mapping(reference["isced_mapping"], "apprenticeship_level")
    themes = reference["theme"].dropna(subset="ssa_tier1").set_index("ssa_tier1")["theme"]
    return frame.assign(
        isced=frame["notional_end_level"].map(levels).fillna("9"),
        theme=frame["ssa_tier1"].map(themes).fillna("other"),
        course="ZPROG001:25:" + frame["standard_code"],
        setting="workplace",
        sex="U",
        postcode=None,
        local_ref=frame["uln"],
    ).rename(columns={"provider": "provider_id"})[COLUMNS[:-1]]


def early_years(tables: dict, receipts: pd.DataFrame) -> pd.DataFrame:
    """Return children of the early years census in the common shape."""
    frame = with_receipt(tables["early_years_census_eychild"], receipts, "early_years_census")
    settings = tables["early_years_census_eycensus"][["return_id", "census_id", "urn"]]
    frame = frame.merge(settings, on=["return_id", "census_id"], how="left")
    born = pd.to_datetime(frame["birth_date"])
    age = frame["academic_year"].str[:4].astype(int) - born.dt.year - 1 + (born.dt.month < 9)
    frame["isced"] = np.where(age >= 3, "02", "01")
    return frame.assign(
        local_ref=frame["child_id"] + " of " + frame["academic_year"],
        provider_id=frame["urn"].fillna(frame["provider"]),
        course="EY" + frame["isced"],
        setting="institution",
        theme="general_schooling",
        uln=None,
        start_date=pd.NaT,
        end_date=pd.NaT,
    )[COLUMNS[:-1]]


def students(tables: dict, receipts: pd.DataFrame, reference: dict) -> pd.DataFrame:
    """Return countable course sessions of university students in the common shape."""
    of_record = {name.removeprefix("student_record_"): frame for name, frame in tables.items()}
    session = with_receipt(of_record["student_course_session"], receipts, "student_record")
    session = session[~session["mode"].isin(["63", "64"])].rename(columns={"parent_line": "engagement"})
    within = of_record["engagement"].rename(columns={"line": "engagement", "parent_line": "student"})
    session = session.merge(within[["return_id", "engagement", "student"]], on=["return_id", "engagement"])
    student = of_record["student"].rename(columns={"line": "student", "sid": "local_ref"})
    session = session.merge(student, on=["return_id", "student"])
    for name, column in (("entry_profile", "postcode"), ("leaver", "left")):
        inner = of_record[name].rename(columns={"parent_line": "engagement", "end_date": "left"})
        keys = ["return_id", "engagement"]
        session = session.merge(inner[[*keys, column]], on=keys, how="left")
    offer = of_record["course"].merge(of_record["qualification"], on=["return_id", "qualification_id"])
    session = session.merge(
        offer[["return_id", "course_id", "level"]], on=["return_id", "course_id"], how="left"
    )
    end, left = pd.to_datetime(session["end_date"]), pd.to_datetime(session["left"])
    left = left.where(left >= pd.to_datetime(session["start_date"]))
    return session.assign(
        end_date=pd.concat([end, left], axis=1).min(axis=1),
        postcode=session["term_postcode"].fillna(session["postcode"]),
        course=session["course_id"].fillna("unknown"),
        isced=session["level"].map(mapping(reference["isced_mapping"], "hesa_qualcat")).fillna("9"),
        sex=session["sex"].fillna("U"),
        setting="institution",
        theme="other",
    ).rename(columns={"provider": "provider_id"})[COLUMNS[:-1]]
