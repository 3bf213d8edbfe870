"""The Fellegi-Sunter model by which descriptions of people are compared: attributes, levels, candidates.

What is compared stands here. How much each agreement weighs is trained on the city's own data (`training`)
and stands in a file that people review; `weights` reads it. Levels and weights are Splink's (Ministry of
Justice; Fellegi and Sunter 1969): m is how often records of one person agree so, u how often those of two.
"""

from dataclasses import dataclass
from itertools import zip_longest

Level = tuple[str, str, str | None]
"""Label, condition on the columns of a pair, and the column whose rare values weigh more than common ones."""

_IN_COMMON = "list_has_any(string_split({}, ' '), string_split({}, ' '))"
_NAMES_EXCHANGED = (
    f"({_IN_COMMON.format('given_names_l', 'family_name_r')}"
    f" and {_IN_COMMON.format('family_name_l', 'given_names_r')})"
)
_GIVEN_NAME: tuple[Level, ...] = (
    ("the same first name", "given_name_l = given_name_r", "given_name"),
    ("another form of the name", "given_form_l = given_form_r", None),
    ("nearly the same", "jaro_winkler_similarity(given_name_l, given_name_r) >= 0.9", None),
    (
        "an initial, another of the names, or exchanged with the family name",
        "(least(length(given_name_l), length(given_name_r)) = 1 and given_name_l[1] = given_name_r[1])"
        f" or {_IN_COMMON.format('given_names_l', 'given_names_r')} or {_NAMES_EXCHANGED}",
        None,
    ),
    ("somewhat alike", "jaro_winkler_similarity(given_name_l, given_name_r) >= 0.8", None),
)
_FAMILY_NAME: tuple[Level, ...] = (
    ("the same name", "family_name_l = family_name_r", "family_name"),
    (
        "a former name, part of a double name, or exchanged with the first name",
        "family_name_l = former_family_name_r or family_name_r = former_family_name_l"
        f" or {_IN_COMMON.format('family_name_l', 'family_name_r')} or {_NAMES_EXCHANGED}",
        None,
    ),
    ("nearly the same", "jaro_winkler_similarity(family_name_l, family_name_r) >= 0.88", None),
)
_DATE_SLIP = (
    "(damerau_levenshtein({l}, {r}) = 1"
    " or ({l}[1:4] = {r}[1:4] and ({l}[5:8] = {r}[7:8] || {r}[5:6] or '0101' in ({l}[5:8], {r}[5:8])))"
    " or ({l}[5:8] = {r}[5:8] and abs(cast({l}[1:4] as integer) - cast({r}[1:4] as integer)) in (1, 10)))"
)
_BIRTH_DATE: tuple[Level, ...] = (
    ("the same date", "born_l = born_r", "born"),
    (
        "one slip, day and month exchanged, 1 January of the year, or the year off by one or ten",
        _DATE_SLIP.format(l="born_l", r="born_r"),
        None,
    ),
)
_POSTCODE: tuple[Level, ...] = (
    ("the same", "postcode_l = postcode_r", "postcode"),
    ("one sector", "left(postcode_l, -2) = left(postcode_r, -2)", None),
    ("one district", "split_part(postcode_l, ' ', 1) = split_part(postcode_r, ' ', 1)", None),
)
_LEARNER_NUMBER: tuple[Level, ...] = (
    ("the same", "uln_l = uln_r", None),
    # The check digit finds every single wrong digit and all neighbours exchanged: what passes has two.
    ("two digits differ", "hamming(uln_l, uln_r) = 2", None),
)


@dataclass(frozen=True)
class Attribute:
    """Something that is compared.

    Args:
        name: of the comparison.
        column: it is not known where this is null on either side.
        levels: how much two may agree, most first.
        chance: u of each level where it follows from how the numbers are made: no sample of pairs has any.
    """

    name: str
    column: str
    levels: tuple[Level, ...]
    chance: tuple[float, ...] = ()

    def settings(self) -> dict:
        """Return it as Splink has comparisons."""
        unknown = f"{self.column}_l is null or {self.column}_r is null"
        return {
            "output_column_name": self.name,
            "comparison_levels": [
                {"sql_condition": unknown, "label_for_charts": "not known", "is_null_level": True},
                *(_level(*level, chance) for level, chance in zip_longest(self.levels, self.chance)),
                {"sql_condition": "ELSE", "label_for_charts": "anything else"},
            ],
        }


def _level(label: str, condition: str, frequency: str | None, chance: float | None) -> dict:
    level = {"sql_condition": condition, "label_for_charts": label}
    if frequency:
        level["tf_adjustment_column"] = frequency
    if chance:
        level |= {"u_probability": chance, "fix_u_probability": True}
    return level


ATTRIBUTES = (
    Attribute("given_name", "given_name", _GIVEN_NAME),
    Attribute("family_name", "family_name", _FAMILY_NAME),
    Attribute("birth_date", "born", _BIRTH_DATE),
    Attribute("sex", "sex", (("the same", "sex_l = sex_r", None),)),
    Attribute("postcode", "postcode", _POSTCODE),
    # Of the 9e8 / 11 numbers that pass the check digit, one is the same, 45 * 81 / 11 differ in two.
    Attribute("learner_number", "uln", _LEARNER_NUMBER, chance=(1.2e-8, 4e-6)),
)

POSSIBLY_ONE = (
    # Twins share all but the first name, parent and child or two cousins all but the date of birth: where one
    # of the two contradicts, no other agreement helps.
    "coalesce(given_form_l = given_form_r or jaro_winkler_similarity(given_name_l, given_name_r) >= 0.8"
    " or (least(length(given_name_l), length(given_name_r)) = 1 and given_name_l[1] = given_name_r[1])"
    f" or {_IN_COMMON.format('given_names_l', 'given_names_r')} or {_NAMES_EXCHANGED}, true)"
    f" and coalesce(born_l = born_r or {_DATE_SLIP.format(l='born_l', r='born_r')}, true)"
    # Nor does it where both bear a number that nobody else does, and the two differ in more than two digits.
    " and coalesce(hamming(uln_l, uln_r) <= 2, true) and coalesce(hamming(upn_l, upn_r) <= 2, true)"
)
"""Pairs that contradict each other in nothing that decides. It is no part of the candidates' rules: Splink
repeats in each rule all earlier ones, so as to find no pair twice, and only of equalities is that quick."""
CANDIDATES = tuple(
    f"{equal} and l.entity_id <> r.entity_id"
    for equal in (
        "l.born = r.born and l.given_form = r.given_form and l.family_name = r.family_name",
        "l.born = r.born and l.postcode = r.postcode",
        "l.born = r.born and l.given_name[1:3] = r.given_name[1:3]",
        "l.born = r.born and l.family_name[1:3] = r.family_name[1:3]",
        "l.given_form = r.given_form and l.family_name = r.family_name and l.born[1:4] = r.born[1:4]",
        "l.given_form = r.given_form and l.family_name = r.family_name and l.postcode = r.postcode",
        "l.given_form = r.given_form and l.postcode = r.postcode and l.sex = r.sex",
    )
)
"""Which variants are compared at all: those that agree in two things."""


def untrained() -> dict:
    """Return the model as Splink's settings, without m and u."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "variant_id",
        "comparisons": [attribute.settings() for attribute in ATTRIBUTES],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in CANDIDATES],
        # What `POSSIBLY_ONE` reads, beside the entity.
        "additional_columns_to_retain": ["entity_id", "upn"],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }
