"""Each indicator anew in polars, from its definition in words (its `.yml`, the sources there).

A definition takes enrolments with what is known of their persons (`people.enrolments_of_persons`) and gives
who counts above the line and, of a share, below it: a row for each person or course, with the year it counts
in and the age it counts at. Given only what is learned in one sector, it gives who counts in that sector.
"""

from collections.abc import Callable

import polars as pl

from tests.twins.people import PERSON, YEAR

Sides = tuple[pl.DataFrame, pl.DataFrame | None]
Definition = Callable[[pl.DataFrame], Sides]
ISCED = pl.col("isced")
LEVEL = ISCED.str.head(1).replace_strict({str(level): level for level in range(9)}, default=None)
"""ISCED 2011 level, 0 to 8; null where it is not known or learning is not formal."""
UPPER_SECONDARY_OR_MORE = LEVEL.is_between(3, 8)
STAGES = {"primary": (5, 10, 1), "lower_secondary": (11, 13, 2), "upper_secondary": (14, 17, 3)}
"""Ages on 31 August that England's stages are meant for (methodology 1.2), and the ISCED level of each."""


def people(enrolments: pl.DataFrame) -> pl.DataFrame:
    """Return each person and year once."""
    return enrolments.unique(YEAR).select(*YEAR, "start_year", *PERSON)


def residents(enrolments: pl.DataFrame) -> pl.DataFrame:
    """Return each resident of the city and year once."""
    return people(enrolments.filter(pl.col("residence") == "city"))


def who(condition: pl.Expr) -> Definition:
    """Return the definition: residents with learning of which something holds."""
    return lambda enrolments: (residents(enrolments.filter(condition)), None)


def at_level_of_their_age(enrolments: pl.DataFrame, higher: bool = False) -> Sides:
    """Residents enrolled at the level that is meant for their age; `higher`: or above it, at ISCED 4 too."""
    meant = [
        pl.col("age").is_between(first, last) & (level <= LEVEL if higher else level == LEVEL)
        for first, last, level in STAGES.values()
    ]
    return residents(enrolments.filter(pl.any_horizontal(meant))), None


def at_each_level(enrolments: pl.DataFrame, stages: dict[str, tuple[int, int, int]]) -> Sides:
    """Residents of any age at each level, counted at the first age that it is meant for."""
    return pl.concat(
        residents(enrolments.filter(level == LEVEL)).with_columns(age=pl.lit(first, pl.Int64))
        for first, _, level in stages.values()
    ), None


def early_years(enrolments: pl.DataFrame, gross: bool) -> Sides:
    """ISCED 01, meant for ages 0 to 2, and 02, for 3 and 4: residents of these ages, or of any (gross)."""
    parts = []
    for isced, first, last in (("01", 0, 2), ("02", 3, 4)):
        found = residents(enrolments.filter(isced == ISCED))
        at_first_age = found.with_columns(age=pl.lit(first, pl.Int64))
        parts.append(at_first_age if gross else found.filter(pl.col("age").is_between(first, last)))
    return pl.concat(parts), None


def grades(enrolments: pl.DataFrame) -> pl.DataFrame:
    """Return each person and year with the highest grade, as the age it is meant for."""
    in_grade = enrolments.drop_nulls("intended_age")
    return people(in_grade).join(in_grade.group_by(YEAR).agg(grade=pl.col("intended_age").max()), on=YEAR)


def last_grade(enrolments: pl.DataFrame) -> Sides:
    """4.1.3: residents in Year 6 and Year 9 (meant for 10 and 13), of any age, not there the year before."""
    every = grades(enrolments)
    before = every.select("person_id", pl.col("start_year") + 1, "grade")
    last = every.filter(pl.col("residence") == "city", pl.col("grade").is_in([10, 13]))
    pupils = last.join(before, on=["person_id", "start_year", "grade"], how="anti")
    return pupils.with_columns(age=pl.col("grade")), None


def over_age(enrolments: pl.DataFrame) -> Sides:
    """4.1.5: pupils two or more years older than their grade is meant for, by the age it is meant for."""
    pupils = grades(enrolments).filter(pl.col("residence") == "city")
    older = pupils.filter(pl.col("age") >= pl.col("grade") + 2)
    return older.with_columns(age=pl.col("grade")), pupils.with_columns(age=pl.col("grade"))


def completed(enrolments: pl.DataFrame) -> Sides:
    """4.1.2: in Year 6, 9 or 13 in an earlier year, or achieved ISCED 3 or more by now; 3 to 5 years on.

    Whoever learns no longer is where, and as old as, the last record says, and a year older each year.
    """
    years = enrolments["start_year"].unique().sort().to_frame("year")
    found = []
    for _, last, level in STAGES.values():
        done = enrolments.filter(pl.col("intended_age") == last).select(
            "person_id", since=pl.col("start_year") + 1
        )
        if level == 3:
            achieved = enrolments.filter(pl.col("outcome") == "achieved", UPPER_SECONDARY_OR_MORE)
            done = pl.concat([done, achieved.select("person_id", since="start_year")])
        done = done.group_by("person_id").agg(pl.col("since").min())
        seen = people(enrolments).join(done, on="person_id").join(years, how="cross")
        seen = seen.filter(pl.col("since") <= pl.col("year"), pl.col("start_year") <= pl.col("year"))
        last_seen = seen.sort("start_year").unique(["person_id", "year"], keep="last")
        aged = last_seen.with_columns(age=pl.col("age") + pl.col("year") - pl.col("start_year"))
        # A later record without an age does not make the age unknown.
        known = seen.drop_nulls("age").sort("start_year").unique(["person_id", "year"], keep="last")
        known = known.select(
            "person_id", "year", known_age=pl.col("age") + pl.col("year") - pl.col("start_year")
        )
        aged = aged.join(known, on=["person_id", "year"], how="left").with_columns(age="known_age")
        found.append(aged.filter(pl.col("age").is_between(last + 3, last + 5), pl.col("residence") == "city"))
    return pl.concat(found).with_columns(academic_year=academic_year("year")).drop("known_age"), None


def academic_year(start: str) -> pl.Expr:
    """2024 → 2024/25."""
    return pl.format("{}/{}", start, (pl.col(start) + 1).cast(pl.String).str.tail(2))


def vocational(enrolments: pl.DataFrame) -> Sides:
    """4.3.3: residents aged 15 to 24 in programmes at ISCED 25, 35, 45 and 55."""
    return who(ISCED.is_in(["25", "35", "45", "55"]))(enrolments)


def women_in_stem(enrolments: pl.DataFrame) -> Sides:
    """Women of residents of known sex in STEM themes at ISCED 4 to 8."""
    themes = pl.col("theme").is_in(["science_and_environment", "trades_and_engineering", "digital_skills"])
    students = residents(enrolments.filter(themes, LEVEL >= 4)).filter(pl.col("sex").is_in(["F", "M"]))
    return students.filter(pl.col("sex") == "F"), students


def several_sectors(enrolments: pl.DataFrame) -> Sides:
    """Residents with learning in two or more sectors, of all with learning."""
    sectors = enrolments.group_by(YEAR).agg(pl.col("sector").n_unique()).filter(pl.col("sector") >= 2)
    everybody = residents(enrolments)
    return everybody.join(sectors, on=YEAR, how="semi"), everybody


def learning_elsewhere(enrolments: pl.DataFrame) -> Sides:
    """Residents with learning outside the city, of all with learning."""
    return residents(enrolments.filter(pl.col("place") == "elsewhere")), residents(enrolments)


def near_home(enrolments: pl.DataFrame) -> Sides:
    """Residents with learning under two kilometres from home, of all with learning at a known distance."""
    known = enrolments.drop_nulls("distance_from")
    return residents(known.filter(pl.col("distance_from") == 0)), residents(known)


def full_time(enrolments: pl.DataFrame) -> Sides:
    """Residents with 580 planned hours or more at one provider, of all whose planned hours are known."""
    known = enrolments.drop_nulls("hours_from")
    return residents(known.filter(pl.col("hours_from") >= 580)), residents(known)


def from_elsewhere(enrolments: pl.DataFrame) -> Sides:
    """People who learn in the city and live elsewhere, of those whose home is known."""
    here = people(enrolments.filter(pl.col("place") == "city", pl.col("residence") != "unknown"))
    return here.filter(pl.col("residence") == "elsewhere"), here


def home_not_known(enrolments: pl.DataFrame) -> Sides:
    """People whose home no return of the year says, of all with learning."""
    everybody = people(enrolments)
    return everybody.filter(pl.col("residence") == "unknown"), everybody


def new_learners(enrolments: pl.DataFrame) -> Sides:
    """Residents with no learning in an earlier year, of all with learning; not in the first on record."""
    first = enrolments.group_by("person_id").agg(first_year=pl.col("start_year").min())
    learners = residents(enrolments).filter(pl.col("start_year") > enrolments["start_year"].min())
    learners = learners.join(first, on="person_id")
    return learners.filter(pl.col("first_year") == pl.col("start_year")), learners


def into_formal(enrolments: pl.DataFrame) -> Sides:
    """KF 2.6.3: non-formal learners who were on a formal course in one of the two years after, of all."""
    everybody = people(enrolments)
    formal = everybody.filter(pl.col("provision") != "nonformal_only").select("person_id", later="start_year")
    starters = residents(enrolments).filter(pl.col("provision") == "nonformal_only")
    starters = starters.filter(pl.col("start_year") + 2 <= everybody["start_year"].max())
    moved = starters.join(formal, on="person_id").filter(
        (pl.col("later") - pl.col("start_year")).is_between(1, 2)
    )
    counted = starters.with_columns(year=pl.col("start_year") + 2).with_columns(
        academic_year=academic_year("year")
    )
    return counted.join(moved, on=["person_id", "start_year"], how="semi"), counted


def transition(enrolments: pl.DataFrame) -> Sides:
    """UIS: Year 6 to Year 7 the year after, of those who do not stay in Year 6 or below."""
    pupils = grades(enrolments)
    later = pupils.select("person_id", pl.col("start_year") - 1, next_grade="grade")
    leavers = (
        pupils.filter(pl.col("grade") == 10, pl.col("residence") == "city")
        .filter(pl.col("start_year") < enrolments["start_year"].max())
        .join(later, on=["person_id", "start_year"], how="left")
        .filter(pl.col("next_grade").is_null() | (pl.col("next_grade") > 10))
        .with_columns(year=pl.col("start_year") + 1)
        .with_columns(academic_year=academic_year("year"))
    )
    return leavers.filter(pl.col("next_grade") == 11), leavers


def learning_on(enrolments: pl.DataFrame, breakdown: str, category: str) -> Sides:
    """Residents who learned in a sector the year before, and those of them who learn in one in the year."""
    pair = category.split("/") if breakdown == "sector_next_sector" else [category, category]
    of = (
        enrolments
        if breakdown in ("_T", "next_sector")
        else enrolments.filter(pl.col("shown_sector") == pair[0])
    )
    to = (
        enrolments if breakdown in ("_T", "sector") else enrolments.filter(pl.col("shown_sector") == pair[-1])
    )
    before = residents(of).filter(pl.col("start_year") < enrolments["start_year"].max())
    before = before.with_columns(year=pl.col("start_year") + 1)
    counted = before.with_columns(academic_year=academic_year("year"))
    now = people(to).select("person_id", year="start_year")
    return counted.join(now, on=["person_id", "year"], how="semi"), counted


def first_qualification(enrolments: pl.DataFrame) -> Sides:
    """Residents who achieved a level of ISCED 3 or more that they had not achieved in an earlier year."""
    achieved = enrolments.filter(pl.col("outcome") == "achieved", UPPER_SECONDARY_OR_MORE)
    first = achieved.filter(pl.col("start_year") == pl.col("start_year").min().over("person_id", "level"))
    return residents(first), None


def ended_as(enrolments: pl.DataFrame, *outcomes: str) -> Sides:
    """Courses of residents that ended so, of all that ended; not those left before they count as started."""
    ended = enrolments.filter(
        pl.col("outcome").is_in(["achieved", "completed", "withdrawn"]),
        ~pl.col("left_early"),
        pl.col("residence") == "city",
    )
    return ended.filter(pl.col("outcome").is_in(outcomes)), ended


FORMAL = ~ISCED.is_in(["NF", "01"])
"""Pre-primary education and whatever comes after."""
BASIC_SKILLS = pl.col("theme").is_in(["essential_skills", "digital_skills"]) & ISCED.is_in(
    ["24", "25", "34", "35", "9", "NF"]
)
ALL = pl.lit(True)

DEFINITIONS: dict[str, Definition] = {
    "4_1_2_completion": completed,
    "4_1_3_gross_intake": last_grade,
    "4_1_4_not_found": who(FORMAL),
    "4_1_5_over_age": over_age,
    "4_2_2_before_primary": who(LEVEL.is_between(0, 1)),
    "4_2_4_gross": lambda enrolments: early_years(enrolments, gross=True),
    "4_2_4_net": lambda enrolments: early_years(enrolments, gross=False),
    "4_3_1_participation": who(ALL),
    "4_3_2_tertiary": lambda enrolments: (
        residents(enrolments.filter(LEVEL >= 5)).with_columns(age=pl.lit(18, pl.Int64)),
        None,
    ),
    "4_3_3_vocational": vocational,
    "local_achievement": lambda enrolments: ended_as(enrolments, "achieved"),
    "local_basic_skills": who(BASIC_SKILLS),
    "local_community_learning": who(ISCED == "NF"),
    "local_first_qualification": first_qualification,
    "local_full_time": full_time,
    "local_home_not_known": home_not_known,
    "local_into_formal_learning": into_formal,
    "local_learners": who(ALL),
    "local_learning_elsewhere": learning_elsewhere,
    "local_learning_here_from_elsewhere": from_elsewhere,
    "local_near_home": near_home,
    "local_new_learners": new_learners,
    "local_not_in_education": who(ALL),
    "local_retention": lambda enrolments: ended_as(enrolments, "achieved", "completed"),
    "local_school_population_enrolled": who(LEVEL.is_between(1, 3)),
    "local_setting_theme": who(ALL),
    "local_several_sectors": several_sectors,
    "local_women_in_stem": women_in_stem,
    "local_workplace_learning": who(pl.col("setting") == "workplace"),
    "uis_enrolment_adjusted_net": lambda enrolments: at_level_of_their_age(enrolments, higher=True),
    "uis_enrolment_by_age": who(FORMAL),
    "uis_enrolment_gross": lambda enrolments: at_each_level(enrolments, STAGES),
    "uis_enrolment_net": at_level_of_their_age,
    "uis_transition": transition,
}
BY_CATEGORY = {"local_learning_on": learning_on}
"""Those in which a category is more than what is learned in it."""
