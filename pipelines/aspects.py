"""What a field of a return can decide: the link between a rule that is broken and the figures it changes."""

from enum import StrEnum


class Aspect(StrEnum):
    """What a field decides about a person's place in the figures."""

    PERSON = "who is counted as one person"
    TIME = "in which year it is counted"
    AGE = "in which age group"
    SEX = "under which sex"
    RESIDENCE = "whether as a resident, and of which area"
    LEVEL = "at which level, formal or not"
    SETTING = "in which setting"
    THEME = "under which theme"
