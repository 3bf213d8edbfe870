"""What published counts have to do with each other, by the auditor's own reading of the definitions.

Nothing here comes from the code that rounds: what that forgets has to be found.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipelines.auditor.definitions import ANY, BELOW, OTHERS, OWN, Definitions, Facts
from pipelines.auditor.groups import (
    SEXES,
    Group,
    Key,
    Stretch,
    cover,
    in_order,
    no_more,
    no_more_of_any_age,
    parts_of,
)
from pipelines.auditor.releases import Count, Release, Where
from pipelines.disclosure.programs import INFINITY, Program
from pipelines.indicators.bands import TOTAL
from pipelines.years import AcademicYear

LESS = (("low", "numerator"), ("numerator", "high"))
"""A version in which nobody is counted who is not in the other."""
HOME, HOMES = "home", ("city", "elsewhere", "unknown")
Category = tuple[str, str, frozenset[str]]
"""A dimension, a code of it, and the codes that stand by themselves where it does."""


@dataclass(frozen=True)
class Placed:
    """A published count, and whom it counts.

    Args:
        where: it stands.
        value: as it is printed.
        unknown: its number in the program.
        base: facts of its table's people, closed.
        categories: that it is of.
        key: of its group.
        ages: that it counts.
        sexes: that it counts.
    """

    where: Where
    value: int
    unknown: int
    base: Facts
    categories: tuple[Category, ...]
    key: Key
    ages: Stretch
    sexes: tuple[str, ...]


@dataclass
class Family:
    """The categories of one dimension in a group."""

    parts: dict[str, Group] = field(default_factory=dict)
    apart: bool = False
    complete: bool = False


@dataclass
class Equations:
    """Writes what counts have to do with each other into a program.

    Args:
        releases: name → release that counts are of.
        definitions: of whom tables count.
        program: gets the rows.
        unknowns: count → its unknown.
        counts: count → as it is printed.
        groups: those that are counted, once all is written.
        people: count → whom it counts: where it is the same, the same people are counted.
    """

    releases: Mapping[str, Release]
    definitions: Definitions
    program: Program
    unknowns: Mapping[Where, int]
    counts: Mapping[Where, Count]
    groups: dict[Key, Group] = field(default_factory=dict)
    people: dict[Where, tuple[Key, Stretch, tuple[str, ...]]] = field(default_factory=dict)

    def write(self) -> None:
        """Write all of it."""
        self._standing = _standing(self.counts, self.releases)
        self.definitions = _of_releases(self.definitions, self.releases, self._standing)
        placed = [self._placed(where, number) for where, number in self.unknowns.items()]
        self.people = {each.where: (each.key, each.ages, each.sexes) for each in placed}
        for each in placed:
            group = self.groups.setdefault(each.key, Group(each.key))
            group.counts.append((each.unknown, each.ages, each.sexes))
        for group in self.groups.values():
            group.number(self.program)
        self._among()
        self._divided_groups(placed)
        self._apart()
        self._covered()
        self._nobody_left_out(placed)

    def _placed(self, where: Where, unknown: int) -> Placed:
        release, (indicator, part), cell = self.releases[where.release], where.name, where.cell
        side = self.definitions.side(indicator, part)
        bands = release.method["tables"][indicator]["ages"]
        facts, band = side.facts, bands[cell.age]
        if side.bands:
            facts = (*facts, *side.bands[sorted(bands, key=bands.get).index(cell.age)])
        base = self.definitions.closed(facts)
        categories = tuple(
            category
            for category in _categories(release, where, self._standing)
            if part != BELOW or category[0] != side.later
        )
        year = AcademicYear(AcademicYear.parse(where.year).start - side.years_before).label
        version, unit = "numerator" if part == BELOW else part, release.method["tables"][indicator]["counts"]
        count = self.counts[where]
        # An estimate is no count of people: it has to do with its own table alone.
        ages = f"estimated, {indicator}" if count.estimate else OWN if side.ages == ANY else side.ages
        return Placed(
            where,
            count.value,
            unknown,
            base,
            categories,
            Key(where.release, version, unit, year, ages, self._facts(base, categories)),
            Stretch.of(None if side.ages == ANY else band),
            tuple(sex for sex in side.sexes or SEXES if cell.sex in (TOTAL, sex)),
        )

    def _facts(self, base: Facts, categories: Sequence[Category]) -> Facts:
        facts = base.union(*(self.definitions.divided(base, *category) for category in categories))
        if len(categories) > 1 and all(c[0] in self.definitions.learning for c in categories):
            # One enrolment is of both categories.
            facts |= {f"enrolment of {', '.join(code for _, code, _ in categories)}"}
        return facts

    def _among(self) -> None:
        """Write down which groups are part of which, in each version and from version to version."""
        alike = defaultdict(list)
        for group in in_order(self.groups.values()):
            alike[group.key[:4]].append(group)
        for groups in alike.values():
            for part, whole in parts_of(groups):
                if part.key.ages == whole.key.ages:
                    no_more(self.program, [part], whole)
                elif whole.key.ages == OWN and not part.key.ages.startswith("estimated"):
                    no_more_of_any_age(self.program, part, whole)
        for fewer, more in LESS:
            for key, group in self.groups.items():
                if key.version == fewer and (other := self.groups.get(key._replace(version=more))):
                    no_more(self.program, [group], other)

    def _divided_groups(self, placed: Sequence[Placed]) -> None:
        """Write down that categories in which nobody is twice are no more than their whole, or cover it."""
        families: dict[tuple[Key, str], Family] = defaultdict(Family)
        standing: dict[str, set[str]] = defaultdict(set, {HOME: set(HOMES)})
        apart, complete = {HOME}, {HOME}
        for each in placed:
            table = self.releases[each.where.release].method["tables"][each.where.name[0]]
            for category in each.categories:
                dimension, code, stands = category
                rest = tuple(c for c in each.categories if c is not category)
                whole = each.key._replace(facts=self._facts(each.base, rest))
                if whole in self.groups:
                    family = families[whole, dimension]
                    family.parts[code] = self.groups[each.key]
                    family.apart |= dimension in table["parting"]
                    family.complete |= dimension in table["covering"]
                if dimension not in self.definitions.learning:
                    standing[dimension] |= stands
                    apart |= {dimension} & set(table["parting"])
                    complete |= {dimension} & set(table["covering"])
        for dimension, codes in standing.items():
            if dimension in apart:
                self._of_people(families, dimension, codes, complete=dimension in complete)
        for (whole, dimension), family in families.items():
            parts = list(family.parts.values())
            if family.apart:
                no_more(self.program, parts, self.groups[whole])
            if family.complete and set(family.parts) >= self._possible(whole.facts, dimension, family):
                cover(self.program, parts, self.groups[whole])

    def _of_people(self, families: dict, dimension: str, codes: Iterable[str], *, complete: bool) -> None:
        """Find the categories of what somebody is, in whatever table they stand, of every group."""
        wider, places = self.definitions.nested.get(dimension, ("", {}))
        for key in list(self.groups):
            if any(fact.startswith(f"{dimension}=") for fact in key.facts):
                continue
            within = [code for code in codes if wider and f"{wider}={places.get(code)}" in key.facts]
            for code in sorted(within or codes):
                facts = self.definitions.divided(key.facts, dimension, code, codes)
                part = self.groups.get(key._replace(facts=facts))
                if part is not None:
                    family = families[key, dimension]
                    family.parts[code], family.apart = part, True
                    family.complete |= complete or bool(within)

    def _possible(self, facts: Facts, dimension: str, family: Family) -> set[str]:
        """Return the categories in which somebody of a group can be."""
        wider, places = self.definitions.nested.get(dimension, ("", {}))
        within = {code for code, place in places.items() if f"{wider}={place}" in facts}
        codes = within or set(
            HOMES if dimension == HOME else self._standing.codes.get(dimension, family.parts)
        )
        never = {
            other for pair in self.definitions.apart for one, other in (pair, pair[::-1]) if one in facts
        }
        return {code for code in codes if f"{dimension}={code}" not in never}

    def _apart(self) -> None:
        """Write down that groups which nobody is in together are no more than what both are part of."""
        for key, whole in list(self.groups.items()):
            for pair in self.definitions.apart:
                found = [
                    self.groups.get(key._replace(facts=key.facts | self.definitions.following(f)))
                    for f in pair
                ]
                parts = [part for part in found if part is not None and part is not whole]
                if len(parts) == len(pair):
                    no_more(self.program, parts, whole)

    def _covered(self) -> None:
        """Write down which groups everybody of a group is in one of, at least."""
        for key, whole in list(self.groups.items()):
            for fact, *others in self.definitions.covered:
                if fact in key.facts:
                    rest = key.facts - {fact}
                    found = [
                        self.groups.get(key._replace(facts=rest | self.definitions.following(f)))
                        for f in others
                    ]
                    parts = [part for part in found if part is not None]
                    if len(parts) == len(others):
                        cover(self.program, parts, whole)

    def _nobody_left_out(self, placed: Sequence[Placed]) -> None:
        """Write down what readers take for granted: where parts add up to their whole, nobody is in none."""
        families = defaultdict(list)
        wholes = {}
        for each in placed:
            place = (each.where.release, each.where.year, each.where.name, each.where.cell.age)
            sex = each.where.cell.sex
            wholes[*place, sex, each.categories] = each
            if sex != TOTAL:
                families[*place, TOTAL, each.categories, frozenset("FM")].append(each)
            for category in each.categories:
                rest = tuple(c for c in each.categories if c is not category)
                families[*place, sex, rest, (category[0], category[2])].append(each)
        for (*place, of), parts in families.items():
            whole = wholes.get(tuple(place))
            expected = len(of) if isinstance(of, frozenset) else len(of[1])
            if whole and len(parts) >= expected and whole.value <= sum(part.value for part in parts):
                self.program.row([*((p.unknown, 1) for p in parts), (whole.unknown, -1)], 0, INFINITY)


@dataclass
class _Standing:
    """Which categories stand by themselves.

    Args:
        places: academic year, indicator and breakdown → those of each of its dimensions.
        codes: dimension → all.
    """

    places: dict[tuple[str, str, str, str], list[set[str]]] = field(default_factory=dict)
    codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def _standing(counts: Iterable[Where], releases: Mapping[str, Release]) -> _Standing:
    found = _Standing()
    for where in counts:
        cell, crossed = where.cell, releases[where.release].method["crossed"]
        dimensions = crossed.get(cell.breakdown, [cell.breakdown])
        codes = cell.category.split("/") if cell.breakdown in crossed else [cell.category]
        place = (where.release, where.year, where.name[0], cell.breakdown)
        of_place = found.places.setdefault(place, [set() for _ in codes])
        for dimension, code, stands in zip(dimensions, codes, of_place, strict=True):
            stands.add(code)
            found.codes[dimension].add(code)
    return found


def _of_releases(
    definitions: Definitions, releases: Mapping[str, Release], standing: _Standing
) -> Definitions:
    """Return definitions with what releases say of categories."""
    shown: dict[str, set[frozenset[str]]] = defaultdict(set)
    for (release, _, _, breakdown), sets in standing.places.items():
        dimensions = releases[release].method["crossed"].get(breakdown, [breakdown])
        for dimension, stands in zip(dimensions, sets, strict=True):
            if OTHERS in stands:
                shown[dimension].add(frozenset(stands - {OTHERS}))
    nested = {
        child: (said["within"], said["parents"])
        for release in releases.values()
        for child, said in release.method["nested"].items()
    }
    return replace(definitions, nested=nested, shown={d: frozenset(s) for d, s in shown.items()})


def _categories(release: Release, where: Where, standing: _Standing) -> Iterator[Category]:
    """Yield the categories that a count is of."""
    cell, crossed = where.cell, release.method["crossed"]
    if cell.breakdown == TOTAL:
        return
    dimensions = crossed.get(cell.breakdown, [cell.breakdown])
    codes = cell.category.split("/") if cell.breakdown in crossed else [cell.category]
    sets = standing.places[where.release, where.year, where.name[0], cell.breakdown]
    for dimension, code, stands in zip(dimensions, codes, sets, strict=True):
        yield dimension, code, frozenset(stands)
