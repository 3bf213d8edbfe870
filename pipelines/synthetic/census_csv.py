"""Writes the school census as COLLECT exports it: one CSV file a module, joined by surrogate keys."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.census_terms import SPRING, Term
from pipelines.synthetic.chance import Chance, hexadecimal, shuffled
from pipelines.synthetic.ethnicities import ETHNICITIES
from pipelines.synthetic.learners import Learners
from pipelines.synthetic.people import People
from pipelines.synthetic.providers import AUTHORITY, Providers

MODULES = {
    "school": (
        "schooltableid NativeId schoolorderseqcolumn sourceid schoolcensustableid schoolname email phoneno "
        "maxdaypupils maxboarders minmaleage maxmaleage minfemaleage maxfemaleage secondarylodged "
        "secondarywithdrawn secondaryheard secondaryupheld secondaryrejected infantslodged infantswithdrawn "
        "infantsheard infantsupheld infantsrejected parttimenotin privatestudy pupilsatotherschool "
        "workexperience fecollege freemealstaken childmothers teenmotherplaces childcareplaces phase type "
        "highestncyeargroup lowestncyeargroup intake governance accommodation"
    ),
    "schoolcensus": (
        "schoolcensustableid NativeId schoolcensusorderseqcolumn sourceid term collection name year "
        "referencedate sourcelevel estab softwarecode release serialno xversion datetime lea urn"
    ),
    "pupilonroll": (
        "pupilonrolltableid NativeId dob surname forename middlenames preferredsurname formersurname upn "
        "formerupn uniquelearnernumber sex entrydate pupilonrollorderseqcolumn sourceid schoolcensustableid "
        "hoursatsetting schoollunchtaken parttime topupfunding unitcontacttime termlysessionspossible "
        "senunitindicator resourcedprovisionindicator moveoffrollflag fundedhours missingaddress "
        "duplicatenotfunded extendedhours eligibilitycode dafindicator ethnicity yssa servicechild language "
        "classtype enrolstatus boarder plaa senprovision ncyearactual eyppr eyppbf youngcarer"
    ),
    "addresses": (
        "addressestableid NativeId addressesorderseqcolumn sourceid pupilonrolltableid postcode saon paon "
        "street locality town administrativearea posttown addressline1 addressline2 addressline3 "
        "addressline4 addressline5 uniquepropertyreferencenumber"
    ),
    "fsmperiod": (
        "pupilonrolltableid NativeId fsmperiodtableid fsmperiodorderseqcolumn sourceid fsmstartdate "
        "fsmenddate ukcountry"
    ),
    "senneeds": (
        "pupilonrolltableid NativeId senneedstableid senneedsorderseqcolumn sourceid sentyperank sentype"
    ),
    "pupilnolongeronroll": (
        "pupilnolongeronrolltableid NativeId dob surname forename middlenames preferredsurname formersurname "
        "upn formerupn uniquelearnernumber sex entrydate leavingdate pupilnolongeronrollorderseqcolumn "
        "sourceid schoolcensustableid parttime termlysessionspossible moveonrollflag ethnicity boarder "
        "language"
    ),
}
"""Module → its columns, in the order of the export. Source: exports and schema of spring 2025."""

_FREE_MEALS = np.array([0.0, 0.46, 0.38, 0.28, 0.18, 0.10])
"""Share of pupils by fifth of deprivation."""
_SEN_TYPES = ("SPLD", "MLD", "SLCN", "SEMH", "ASD", "PD")
_DATE = "%Y-%b-%d 00:00:00"
_SESSIONS = "138.0"
_ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class SchoolCensus:
    """Makes the return of the city's schools."""

    chance: Chance
    people: People
    providers: Providers
    learners: Learners

    def pupils(self, registrations: pl.DataFrame, year: int, state: int, term: Term = SPRING) -> pl.DataFrame:
        """Return registrations as text: columns of `pupilonroll`, and what the other modules need."""
        person = registrations["person"].to_numpy()
        school = registrations["provider"].to_numpy()
        known = self.learners.recorder.write(person, school, year, state)
        age, dwelling = registrations["age"], self.people.dwelling(state, person)
        quintile = self.people.quintile(state)[person]
        ethnicity = self.learners.ethnicity(person)
        keys = shuffled(len(person), 44, self.chance.seed, "pupil keys", *term.of(year))
        text = [f"{h[:8]}-{h[8:]}" for h in hexadecimal(keys, 11)]
        other_language = self.chance.happens(person, 0.4, "language")
        needs = np.array(["N", "K", "E"])[self.chance.pick(person, (83, 15, 2), "sen", year)]
        special = pl.Series(np.isin(school, self.providers.teaching["special"]))
        return registrations.with_columns(
            table_id=pl.Series(text),
            NativeId=self._native(school),
            sourceid=pl.Series(hexadecimal(shuffled(len(person), 32, "source", *term.of(year)), 8)),
            schoolcensustableid=self._census_keys(school, year, term),
            dob=known["birth_date"].dt.strftime(_DATE),
            surname=known["family"],
            forename=known["given"],
            middlenames=known["middle"],
            upn=known["upn"],
            uniquelearnernumber=pl.when(age >= 14).then(known["uln"]),
            valid_uln=pl.when(age >= 14).then(known["valid_uln"]),
            sex=known["sex"],
            entrydate=pl.col("entered").dt.strftime(_DATE),
            leavingdate=pl.col("left").dt.strftime(_DATE),
            ethnicity=pl.Series(np.array([code for _, code, _ in ETHNICITIES])[ethnicity]),
            language=pl.Series(np.where(other_language & (ethnicity > 0), "OTH", "ENG")),
            senprovision=pl.when(special).then(pl.lit("E")).otherwise(pl.Series(needs)),
            lunch=pl.Series(np.where(self.chance.happens(person, 0.75, "lunch", year), "True", "False")),
            free_meals=pl.Series(self.chance.happens(person, _FREE_MEALS[quintile], "free meals")),
            postcode=known["postcode"],
            house=pl.Series(self.chance.whole(dwelling, 1, 140, "house")).cast(pl.String),
            part_time=pl.when(age < 4).then(pl.lit("True")).otherwise(pl.lit("False")),
        )  # fmt: skip

    def write(
        self, folder: Path, on_roll: pl.DataFrame, off_roll: pl.DataFrame, year: int, term: Term = SPRING
    ) -> dict[str, Path]:
        """Write the modules; return module → file.

        Args:
            folder: the authority's, in the year's.
            on_roll: pupils on roll, as `pupils` made them.
            off_roll: pupils no longer on roll.
            year: starting year.
            term: of the census. Only spring has all modules here, to keep the others small.
        """
        folder.mkdir(parents=True, exist_ok=True)
        modules = {
            "school": self._schools(year),
            "schoolcensus": self._heads(year, term),
            "pupilonroll": _on_roll(on_roll),
            "addresses": _addresses(on_roll, year),
            "fsmperiod": self._free_meals(on_roll, year),
            "senneeds": self._needs(on_roll, year),
            "pupilnolongeronroll": _off_roll(off_roll),
        }
        columns = term.columns(MODULES)
        modules = {term.module(module): frame for module, frame in modules.items()}
        modules = {module: frame for module, frame in modules.items() if module in columns}
        files = {
            module: folder / f"{term.calendar_year(year)}_{term.name}_{module}.csv" for module in modules
        }
        for module, frame in modules.items():
            names = columns[module]
            empty = [pl.lit(None, pl.String).alias(name) for name in names if name not in frame.columns]
            frame.with_columns(empty).select(names).write_csv(files[module], batch_size=_ROWS_AT_ONCE)
        return files

    def _native(self, school: np.ndarray) -> pl.Series:
        first = min(at.min() for name, at in self.providers.teaching.items() if name in _SCHOOL_KINDS)
        return "SCH" + pl.Series(school - first + 1).cast(pl.String)

    def _census_keys(self, school: np.ndarray, year: int, term: Term) -> pl.Series:
        what = ("census keys", *term.of(year))
        keys = shuffled(self.providers.register.height, 32, self.chance.seed, *what)
        return pl.Series(hexadecimal(keys[school], 8))

    def _all_schools(self) -> np.ndarray:
        return np.sort(np.concatenate([self.providers.teaching[kind] for kind in _SCHOOL_KINDS]))

    def _schools(self, year: int) -> pl.DataFrame:
        school = self._all_schools()
        names = self.providers.register["provider_name"].gather(school)
        return pl.DataFrame(
            {
                "schooltableid": hexadecimal(shuffled(len(school), 32, "school keys", year), 8),
                "NativeId": self._native(school),
                "schoolorderseqcolumn": ["1"] * len(school),
                "sourceid": hexadecimal(shuffled(len(school), 32, "school source", year), 8),
                "schoolcensustableid": self._census_keys(school, year, SPRING),
                "schoolname": names.str.replace(" (synthetic)", "", literal=True),
                "maxboarders": ["0.0"] * len(school),
            }
        )

    def _heads(self, year: int, term: Term) -> pl.DataFrame:
        school = self._all_schools()
        day = term.day(year)
        return pl.DataFrame(
            {
                "schoolcensustableid": self._census_keys(school, year, term),
                "NativeId": self._native(school),
                "estab": self.providers.register["provider_id"].gather(school).str.tail(4),
                "sourceid": hexadecimal(shuffled(len(school), 32, "head source", *term.of(year)), 8),
            }
        ).with_columns(
            schoolcensusorderseqcolumn=pl.lit("1"),
            term=pl.lit(term.code),
            collection=pl.lit("SC"),
            year=pl.lit(str(term.calendar_year(year))),
            referencedate=pl.lit(day.strftime(_DATE)),
            sourcelevel=pl.lit("L"),
            serialno=pl.lit("1"),
            datetime=pl.lit((day + term.prepared_after(year)).strftime("%Y-%b-%d 10:15:00")),
            lea=pl.lit(AUTHORITY),
        )

    def _free_meals(self, pupils: pl.DataFrame, year: int) -> pl.DataFrame:
        entitled = pupils.filter("free_meals")
        return entitled.select(
            "NativeId",
            "sourceid",
            pupilonrolltableid="table_id",
            fsmperiodtableid=pl.Series(hexadecimal(shuffled(entitled.height, 32, "meals", year), 8)),
            fsmperiodorderseqcolumn=pl.lit("1"),
            fsmstartdate=pl.lit(date(year, 9, 4).strftime(_DATE)),
            ukcountry=pl.lit("ENG"),
        )

    def _needs(self, pupils: pl.DataFrame, year: int) -> pl.DataFrame:
        supported = pupils.filter(pl.col("senprovision") != "N")
        kinds = self.chance.whole(supported["person"].to_numpy(), 0, len(_SEN_TYPES) - 1, "sen type")
        return supported.select(
            "NativeId",
            "sourceid",
            pupilonrolltableid="table_id",
            senneedstableid=pl.Series(hexadecimal(shuffled(supported.height, 32, "needs", year), 8)),
            senneedsorderseqcolumn=pl.lit("1"),
            sentyperank=pl.lit("1.0"),
            sentype=pl.Series(np.array(_SEN_TYPES)[kinds]),
        )


_SCHOOL_KINDS = ("nursery", "primary", "secondary", "special")


def _on_roll(pupils: pl.DataFrame) -> pl.DataFrame:
    return pupils.with_columns(
        enrolstatus="status",
        ncyearactual="nc_year",
        parttime="part_time",
        pupilonrolltableid="table_id",
        pupilonrollorderseqcolumn=pl.lit("1"),
        schoollunchtaken="lunch",
        termlysessionspossible=pl.lit(_SESSIONS),
        hoursatsetting=pl.when(pl.col("age") < 4).then(pl.lit("15.0")),
        fundedhours=pl.when(pl.col("age") < 4).then(pl.lit("15.0")),
        senunitindicator=pl.lit("False"),
        boarder=pl.lit("N"),
        plaa=pl.lit("N"),
    )


def _addresses(pupils: pl.DataFrame, year: int) -> pl.DataFrame:
    return pupils.select(
        "NativeId",
        "sourceid",
        "postcode",
        pupilonrolltableid="table_id",
        addressestableid=pl.Series(hexadecimal(shuffled(pupils.height, 32, "addresses", year), 8)),
        addressesorderseqcolumn=pl.lit("1"),
        paon="house",
        street=pl.lit("Mill Lane"),
    )


def _off_roll(pupils: pl.DataFrame) -> pl.DataFrame:
    return pupils.rename({"part_time": "parttime"}).with_columns(
        pupilnolongeronrolltableid="table_id",
        ncyearleaving="nc_year",
        pupilnolongeronrollorderseqcolumn=pl.lit("1"),
        termlysessionspossible=pl.lit("52.0"),
        boarder=pl.lit("N"),
    )
