"""How often providers write down something else than what is so: named rates, in three profiles."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ErrorProfile:
    """Rates of mistakes, each of the records to which it can happen: a nickname needs a name that has one.

    The rates are orders of magnitude, as studies of linking administrative records report them, and no
    measurements of these sources: one or two names in a hundred are misspelt, one birth date in two hundred
    is wrong, one postcode in twenty is old.

    Args:
        nickname, initial_only: stands for the given name.
        transliterated: another spelling of a name that has several, given or family.
        middle_added, middle_left_out, middle_first: beside the given name; not in its field; instead of it.
        accents_lost, upper_case, lower_case, spaces, hyphen_lost: how both names are written.
        given_typo, family_typo: one letter too many, too few, wrong, or two swapped.
        swapped: family name and given name.
        maiden_name: of women who have changed it.
        birth_day_month, birth_digit, birth_year: swapped; one digit wrong; off by one or ten.
        birth_default: 1 January of the year.
        birth_missing: where the format allows it.
        sex_wrong: the other one.
        sex_missing: where the format allows it.
        postcode_old: of those who have moved in the years that the city knows.
        postcode_typo: another one of the same district.
        postcode_missing: none, or ZZ99 9ZZ.
        uln_missing: of those asked for it, where the format allows it.
        uln_invalid, uln_wrong: so that the check digit is wrong; so that it is right.
        uln_shared: a twin's, or that of the learner before in the provider's list.
        upn_missing, upn_temporary, upn_shared: as for the ULN. A temporary one ends in a letter.
    """

    nickname: float = 0.0
    initial_only: float = 0.0
    transliterated: float = 0.0
    middle_added: float = 0.0
    middle_left_out: float = 0.0
    middle_first: float = 0.0
    accents_lost: float = 0.0
    upper_case: float = 0.0
    lower_case: float = 0.0
    spaces: float = 0.0
    hyphen_lost: float = 0.0
    given_typo: float = 0.0
    family_typo: float = 0.0
    swapped: float = 0.0
    maiden_name: float = 0.0
    birth_day_month: float = 0.0
    birth_digit: float = 0.0
    birth_year: float = 0.0
    birth_default: float = 0.0
    birth_missing: float = 0.0
    sex_wrong: float = 0.0
    sex_missing: float = 0.0
    postcode_old: float = 0.0
    postcode_typo: float = 0.0
    postcode_missing: float = 0.0
    uln_missing: float = 0.0
    uln_invalid: float = 0.0
    uln_wrong: float = 0.0
    uln_shared: float = 0.0
    upn_missing: float = 0.0
    upn_temporary: float = 0.0
    upn_shared: float = 0.0

    def times(self, factor: float, most: float = 0.8) -> "ErrorProfile":
        """Return a profile with every rate so much higher, but none above `most`."""
        return ErrorProfile(**{name: min(rate * factor, most) for name, rate in asdict(self).items()})


CLEAN = ErrorProfile()
"""Every record says what is so."""

REALISTIC = ErrorProfile(
    # About 3 % of all given names are a variant: two in five people have a name with a short form, as many
    # one with several spellings.
    nickname=0.05,
    transliterated=0.06,
    initial_only=0.003,
    middle_added=0.06,
    middle_left_out=0.15,
    middle_first=0.01,
    # Older software keeps plain capitals only.
    accents_lost=0.35,
    upper_case=0.02,
    lower_case=0.004,
    spaces=0.005,
    hyphen_lost=0.15,
    given_typo=0.01,
    family_typo=0.01,
    swapped=0.003,
    maiden_name=0.12,
    # Together 0.6 %.
    birth_day_month=0.0015,
    birth_digit=0.0025,
    birth_year=0.0012,
    birth_default=0.0008,
    birth_missing=0.002,
    sex_wrong=0.002,
    sex_missing=0.003,
    # Two in five have moved within five years: 4 % of all.
    postcode_old=0.10,
    postcode_typo=0.004,
    postcode_missing=0.006,
    uln_missing=0.005,
    uln_invalid=0.001,
    uln_wrong=0.0005,
    uln_shared=0.001,
    upn_missing=0.002,
    upn_temporary=0.006,
    upn_shared=0.0005,
)
"""As in the records of a well-run city."""

HARSH = REALISTIC.times(4.5)
"""As where nobody looks: four to five times as much."""

PROFILES = {"clean": CLEAN, "realistic": REALISTIC, "harsh": HARSH}
