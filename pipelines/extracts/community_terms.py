"""The columns and the words of the community learning template (docs/community-learning.md)."""

from collections.abc import Mapping

NAMES = ("given_names", "family_name")
"""Columns that the template did not always have: a file without them is read as if they were blank."""
COLUMNS = (
    "organisation_id",
    "academic_year",
    "learner_reference",
    *NAMES,
    "date_of_birth",
    "sex",
    "postcode",
    "unique_learner_number",
    "course_title",
    "setting",
    "theme",
    "start_date",
    "end_date",
    "accredited",
)
"""The columns of the template, in its order."""

OWN = (
    *("learner_reference", *NAMES, "date_of_birth", "sex", "postcode", "unique_learner_number"),
    *("course_title", "start_date", "end_date"),
)
"""Columns about a person or a course: the others say the same, or one of few things, in all rows."""
MAY_BE_BLANK = (
    *NAMES,
    *("date_of_birth", "sex", "postcode", "unique_learner_number", "course_title", "end_date", "accredited"),
)

NOTHING_IN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("learner_reference", *NAMES, "date_of_birth", "postcode", "unique_learner_number"), ()),
    **dict.fromkeys(("course_title", "setting", "theme", "start_date"), ()),
    "end_date": ("ongoing", "on going", "on-going", "present", "current", "continuing"),
}
"""Column in which a word such as n/a means nothing → further words that do there."""

SETTINGS = ("family", "community", "workplace", "institution")
THEMES = (
    "essential skills",
    "digital skills",
    "arts and media",
    "languages and humanities",
    "health and wellbeing",
    "science and environment",
    "trades and engineering",
    "work and enterprise",
    "family and parenting",
    "citizenship and community",
    "other",
)
SEXES: Mapping[str, str] = {
    "f": "F",
    "female": "F",
    "m": "M",
    "male": "M",
    "u": "U",
    **dict.fromkeys(("woman", "girl"), "F"),
    **dict.fromkeys(("man", "boy"), "M"),
    **dict.fromkeys(
        ("unknown", "not known", "other", "non binary", "prefer not to say", "not stated", "x"), "U"
    ),
}
ACCREDITED: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "y", "true"), True),
    **dict.fromkeys(("no", "n", "false"), False),
}
