"""Cases of the rules that several formats share: rule, a row that passes, a row that breaks it."""

OF_TEXT_TABLES = [
    ("number_of_cells", {}, {"number_of_cells": "3"}),
    ("read_as_windows_1252", {"read_as": "mac_roman"}, {"read_as": "cp1252"}),
    ("read_as_mac_roman", {"read_as": "cp1252"}, {"read_as": "mac_roman"}),
]
"""Of tables in text files."""


def of_names(*fields: str) -> list[tuple[str, dict, dict]]:
    """Return the cases of fields of names."""
    return [
        (f"{name.lower()}_encoded_twice", {name: good}, {name: bad})
        for name in fields
        for good, bad in (("José", "JosÃ©"), ("Anna Ó’Briain", "Anna Ã“â€™Briain"))
    ]
