"""What a record says of somebody: the link between a field that is wrong and the figures that it changes.

Which fields of an extract a record's column comes from, and which columns an indicator asks for, is read from
the SQL (`pipelines/consequences.py`); what the columns mean stands here.
"""

from enum import StrEnum


class Aspect(StrEnum):
    """What a column decides about a person's place in the figures."""

    PERSON = "who is counted as one person"
    TIME = "whether and in which year it is counted"
    AGE = "in which age group"
    SEX = "under which sex"
    RESIDENCE = "whether as a resident, and of which area"
    ETHNICITY = "in which ethnic group"
    DISABILITY = "as somebody with or without a disability"
    LEVEL = "at which level, formal or not"
    GRADE = "in which curriculum year"
    SETTING = "in which setting"
    THEME = "under which theme"
    PLACE = "at which place"
    HOURS = "with how many hours"
    OUTCOME = "how it ended"


OF_RECORDS: dict[str, Aspect] = {
    **dict.fromkeys(("local_ref", "uln", "upn"), Aspect.PERSON),
    **dict.fromkeys(("given_names", "family_name", "former_family_name"), Aspect.PERSON),
    **dict.fromkeys(("start_date", "end_date", "not_counted"), Aspect.TIME),
    "birth_date": Aspect.AGE,
    "sex": Aspect.SEX,
    "postcode": Aspect.RESIDENCE,
    "ethnicity": Aspect.ETHNICITY,
    "disability": Aspect.DISABILITY,
    "isced": Aspect.LEVEL,
    "intended_age": Aspect.GRADE,
    "setting": Aspect.SETTING,
    "theme": Aspect.THEME,
    "delivery_postcode": Aspect.PLACE,
    "planned_hours": Aspect.HOURS,
    **dict.fromkeys(("outcome", "planned_end_date"), Aspect.OUTCOME),
}
"""Column of `staging.record` → what it decides. Others are the return's: provider, year."""

OF_PERSONS: dict[str, frozenset[Aspect]] = {
    "age": frozenset({Aspect.AGE}),
    "sex": frozenset({Aspect.SEX}),
    **dict.fromkeys(("residence", "ward", "deprivation", "decile"), frozenset({Aspect.RESIDENCE})),
    "ethnicity": frozenset({Aspect.ETHNICITY}),
    "disability": frozenset({Aspect.DISABILITY}),
    **dict.fromkeys(("isced", "level", "provision"), frozenset({Aspect.LEVEL})),
    **dict.fromkeys(("stage", "stage_first_age", "stage_last_age"), frozenset({Aspect.LEVEL})),
    "intended_age": frozenset({Aspect.GRADE}),
    "setting": frozenset({Aspect.SETTING}),
    "theme": frozenset({Aspect.THEME}),
    "place": frozenset({Aspect.PLACE}),
    "distance_from": frozenset({Aspect.PLACE, Aspect.RESIDENCE}),
    "hours_from": frozenset({Aspect.HOURS}),
    "outcome": frozenset({Aspect.OUTCOME}),
    "left_early": frozenset({Aspect.OUTCOME, Aspect.TIME}),
}
"""Column that indicators ask for, or breakdown → what decides it."""
