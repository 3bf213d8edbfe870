"""Cases of the rule on dates that can be two days, because others of their column have the month first."""

Rows = list[dict[str, str]]


def month_first(rule: str, column: str) -> list[tuple[str, Rows, Rows]]:
    """Return columns of dates: rule, rows that pass, and rows after them that break it."""

    def dates(*days: str) -> Rows:
        return [{column: f"{day}/2001"} for day in days]

    return [
        # Only the 13th of December can be meant by 12/13: so 03/09 may be the 9th of March. 09/09 is one day.
        (rule, dates("12/13", "09/09", "12/12"), dates("03/09", "12/01", "01/12")),
        # Nothing here has the month first.
        (rule, dates("03/09", "05/12", "12/05", "12/12"), []),
        (rule, dates("03/09", "13/12", "25/13"), []),
    ]


def in_rows(case: dict | Rows) -> Rows:
    """Return a case's rows: most are of one."""
    return case if isinstance(case, list) else [case]
