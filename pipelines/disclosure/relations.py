"""What the counts of published tables have to do with each other: what rounding holds.

A table is counts by age band, sex, and the categories of one breakdown after the other, of a group of people
(`sql/who.yml`). Several indicators may count the same group. Behind its counts stand numbers that nobody
publishes: how many there are of the ages between two ends of bands, of unknown sex, of categories that are
not printed. Each count is a sum of such numbers, and none of them is negative.
"""

from collections.abc import Collection, Mapping

from pipelines.disclosure.lines import Numbers, add_up, are_covered
from pipelines.disclosure.programs import Program
from pipelines.disclosure.shapes import BELOW, WHOLE, Name, Shape, Tables
from pipelines.disclosure.tables import Placed, Slack, Table
from pipelines.indicators.who import Group, Who

LESS = (("low", "numerator"), ("numerator", "high"))
"""A part of an indicator, and one in which everybody is counted who is counted there."""


def relate(
    program: Program,
    tables: Tables,
    shapes: Mapping[str, Shape],
    slack: Slack,
    estimated: Collection[str] = (),
) -> None:
    """Write into a program what the counts of tables have to do with each other.

    Args:
        program: has an unknown for each count, in whatever unit.
        tables: the unknowns.
        shapes: indicator → what is known of it.
        slack: how much of a count can be in no part.
        estimated: indicators whose counts are estimates: those are compared with nothing else.
    """
    who = next((shape.who for shape in shapes.values() if shape.who.groups), Who())
    found = _by_group(program, tables, shapes, estimated, who)
    made = {
        (group, version): Table(program, who.groups.get(group, Group()), cells)
        for (group, version), cells in found.items()
        # Bounds that are the counts themselves, everywhere, say nothing that these do not.
        if version == "numerator" or not all(cell.same for cell in cells)
    }
    for (group, version), table in made.items():
        if of := who.groups.get(group, Group()).same:
            table.borrow(made.get((of[0], version), made[of[0], "numerator"]), (of[1], of[2]))
    for table in made.values():
        table.relate(slack)
    for version in ("numerator", "low", "high"):
        of_version = {
            group: made.get((group, version), made.get((group, "numerator")))
            for group, its in found
            if its == version
        }
        _relate_groups(of_version, who)
        _divide(program, of_version, who)
    for fewer, more in LESS:
        for group, version in made:
            if version == fewer and (group, more) in made:
                for line in made[group, fewer].lines:
                    if line in made[group, more].lines:
                        made[group, fewer].within(made[group, more], line)


def _by_group(
    program: Program, tables: Tables, shapes: Mapping[str, Shape], estimated: Collection[str], who: Who
) -> dict[Name, list[Placed]]:
    """Return the counts of each group of people, and each version of it."""
    found: dict[Name, list[Placed]] = {}
    for (indicator, part), counts in tables.items():
        # A table without anybody says nothing: in the first year on record, nobody is followed from before.
        if not any(program.upper[unknown] for unknown in counts.values()):
            continue
        shape, version = shapes[indicator], "numerator" if part == BELOW else part
        for cell, unknown in counts.items():
            named = "" if indicator in estimated else shape.group(part, cell.age)
            group = named or f"{indicator} {BELOW if part == BELOW else 'numerator'}"
            line = shape.line(part, cell)
            if line == WHOLE and (of := who.groups.get(group, Group()).same):
                found.setdefault((group, version), [])
                group, line = of[0], (of[1], of[2])
            same = tables.get((indicator, "numerator"), {}).get(cell) == unknown
            # Where people of any age are counted, a band stands for a group.
            band = None if named and shape.any_age else shape.bands.get(cell.age, (cell.age,))
            placed = Placed(line, band, cell.sex, unknown, shape, same)
            found.setdefault((group, version), []).append(placed)
    return found


def _relate_groups(tables: Mapping[str, "Table | None"], who: Who) -> None:
    """Write down which groups are among which: line by line, the nearest that have it."""
    for group, table in tables.items():
        for line in table.lines if table else ():
            waiting, seen = _among(group, who), set()
            while waiting:
                outer = waiting.pop()
                wider = tables.get(outer)
                if outer not in seen and wider is not None and line in wider.lines:
                    table.within(wider, line)
                elif outer not in seen:
                    waiting += _among(outer, who)
                seen.add(outer)


def _among(group: str, who: Who) -> list[str]:
    """Return the groups that everybody of a group is of, too."""
    # Of an indicator that names no groups, whoever is above the line is below it, too.
    below = [group.removesuffix("numerator") + BELOW] if group.endswith(" numerator") else []
    return [*who.groups.get(group, Group()).among, *below]


def _divide(program: Program, tables: Mapping[str, "Table | None"], who: Who) -> None:
    """Write down what is said of the parts of groups."""

    def numbers(line: tuple[str, str, str]) -> Numbers | None:
        table = tables.get(line[0])
        return table.line(line) if table else None

    for division in who.divisions:
        whole, parts = division.lines
        of, there = numbers(whole), [line for part in parts if (line := numbers(part))]
        if of is None or not there:
            continue
        for group in [there] if division.apart else [[line] for line in there]:
            add_up(program, group, of)
        if division.covers and len(there) == len(parts):
            are_covered(program, there, of)
