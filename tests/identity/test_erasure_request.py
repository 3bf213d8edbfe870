"""A request for erasure says who, or says what is wrong with it: never what it holds."""

from datetime import date

import pytest

from pipelines.erasure_request import Request, RequestError

ULN = "9276308686"
"""HESA's published example: it passes the check digit."""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "birth_date must be given"),
        (f'uln = "{ULN}"', "birth_date must be given"),
        (f'birth_date = 1961-31-11\nuln = "{ULN}"', "no TOML"),
        (f'birth_date = "29/11/1961"\nuln = "{ULN}"', "birth_date must be given, as YYYY-MM-DD"),
        (f'birth_date = "1961-02-30"\nuln = "{ULN}"', "birth_date must be given, as YYYY-MM-DD"),
        (f'birth_date = 1961-11-29T00:00:00\nuln = "{ULN}"', "birth_date must be given, as YYYY-MM-DD"),
        ("birth_date = 1961-11-29", "give uln, upn"),
        (f"birth_date = 1961-11-29\nuln = {ULN}", "uln must be a text"),
        ('birth_date = 1961-11-29\nuln = "9276308687"', "check digit"),
        ('birth_date = 1961-11-29\nuln = "9999999999"', "not be 9999999999"),
        ('birth_date = 1961-11-29\nupn = "A35299990000A"', "a temporary one says nobody"),
        ('birth_date = 1961-11-29\nfamily_name = "Zzyzxcanary"', "belong together"),
        ('birth_date = 1961-11-29\nfamily_name = "1"\ngiven_name = "2"', "must have letters"),
        ('birth_date = 1961-11-29\nreference = "Zzyzxcanary"', "belong together"),
        ('birth_date = 1961-11-29\npostcode = "M99 9ZQ"', "postcode says nobody alone"),
        (f'birth_date = 1961-11-29\nuln = "{ULN}"\nsurname = "Zzyzxcanary"', "a field other than"),
        ('birth_date = 1961-11-29\nuln = "Zzyzxcanary', "no TOML"),
    ],
)
def test_what_says_nobody_is_refused_and_not_quoted(text, why):
    with pytest.raises(RequestError, match=why) as refused:
        Request.read(text)
    for value in ("Zzyzxcanary", "9276308687", "A35299990000A", "M99 9ZQ", "1961-11-29", "29/11/1961"):
        assert value not in str(refused.value)
    assert refused.value.__cause__ is None


def row(**said):
    names = {"family_name": "Smith", "given_names": "Anna Grace", "postcode": None}
    return names | {"birth_date": date(1961, 11, 29)} | said


@pytest.mark.parametrize(
    ("said", "is_theirs"),
    [
        ({}, True),
        ({"given_names": "ANNA"}, True),
        ({"family_name": "Śmith"}, True),  # accents are no difference
        ({"postcode": "m1 1aa"}, False),  # as accepted, postcodes are in capitals
        ({"postcode": "M1 1AA"}, True),
        ({"postcode": "M2 2BB"}, False),
        ({"given_names": "Annabel"}, False),
        ({"given_names": "Grace"}, False),
        ({"family_name": "Smithson"}, False),
        ({"birth_date": date(1961, 11, 28)}, False),
        ({"birth_date": None}, False),
    ],
)
def test_names_are_those_of_a_row_or_not(said, is_theirs):
    request = Request.read(
        'birth_date = 1961-11-29\nfamily_name = "smith"\ngiven_name = "Anna"\npostcode = "M1 1AA"'
    )
    assert request.names(row(**said)) is is_theirs
