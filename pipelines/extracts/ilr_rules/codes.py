"""Code lists of the Individualised Learner Record, and the years they hold for.

Source: DfE's lists of 2020/21, as changed by the specifications since. Years are starting years.
"""

SEXES = {"F", "M"}
ETHNICITIES = {*map(str, range(31, 48)), "98", "99"}
LLDD_HEALTH_PROBLEMS = {"1", "2", "9"}
AIM_TYPES = {"1", "3", "4", "5"}
COMP_STATUSES = {"1", "2", "3", "6"}
OUTCOMES = {"1", "2", "3", "8"}
WITHDRAW_REASONS = {"2", "3", "7", "28", "29", *map(str, range(40, 49)), "97", "98"}

Years = tuple[int | None, int | None]
"""First and last year of a list; None where it is open."""

_FUND_MODELS = {"10", "25", "35", "36", "70", "81", "82", "99"}
FUND_MODELS: dict[Years, set[str]] = {
    (None, 2021): _FUND_MODELS,
    # Skills Bootcamps: starts from 1 August 2022 (rule LearnStartDate_21).
    (2022, 2023): _FUND_MODELS | {"37"},
    # Tailored Learning and the Adult Skills Fund: starts from 1 August 2024 (FundModel_19, FundModel_20).
    (2024, None): _FUND_MODELS | {"37", "11", "38"},
}

_PROG_TYPES = {"2", "3", "20", "21", "22", "23", "24", "25"}
PROG_TYPES: dict[Years, set[str]] = {
    (None, 2019): _PROG_TYPES,
    # T Levels were first taught in September 2020.
    (2020, 2021): _PROG_TYPES | {"30", "31"},
    # Skills Bootcamps. When 33 (combined authorities) came is not known: no row is lost by taking it early.
    (2022, None): _PROG_TYPES | {"30", "31", "32", "33"},
}

PRIOR_ATTAINMENTS = {"1", "2", "3", "4", "5", "7", "9", "10", "11", "12", "13", "97", "98", "99"}
"""PriorAttain, one field of the learner, up to 2020/21; 4 and 5 were for learners from before August 2013."""
LAST_YEAR_OF_PRIOR_ATTAIN = 2020
PRIOR_LEVELS = {*map(str, range(1, 11)), "97", "98", "99"}
"""PriorLevel, a dated record, from 2021/22: the same digits mean other levels."""

LLDD_CATEGORIES = {*map(str, range(1, 18)), *map(str, range(93, 100))}
LLDD_CLOSED = {**dict.fromkeys(("1", "2", "3"), "2015-07-31"), "15": "2025-07-31"}
"""Category → last day on which a learner with it may have started. 15 (Asperger's syndrome) closed last."""
