"""The ethnic groups of the city's people."""

ETHNICITIES = (
    # ILR code, census code, share
    ("31", "WBRI", 45.0),
    ("34", "WOTH", 8.0),
    ("40", "APKN", 12.0),
    ("44", "BAFR", 10.0),
    ("39", "AIND", 3.0),
    ("41", "ABAN", 2.0),
    ("42", "CHNE", 2.5),
    ("43", "AOTH", 2.5),
    ("35", "MWBC", 2.5),
    ("36", "MWBA", 1.5),
    ("38", "MOTH", 1.5),
    ("45", "BCRB", 2.0),
    ("46", "BOTH", 1.5),
    ("32", "WIRI", 1.5),
    ("98", "OOTH", 3.0),
    ("99", "NOBT", 1.5),
)
"""Share of the people in each; a code in each of two formats."""
