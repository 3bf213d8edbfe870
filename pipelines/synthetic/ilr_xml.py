"""Writes Individualised Learner Records: XML made from templates, column by column, in bounded memory.

An XML library would take longer than everything else together. What could break the templates is escaped;
everything else is codes, numbers and dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.years import AcademicYear

LEARNERS_AT_ONCE = 20_000
_PRIOR_LEVELS = ("1", "2", "3", "4", "5", "6", "7", "99")
"""PriorLevel from 2021/22; position is `prior_level`."""
_OLD_PRIOR_LEVELS = ("9", "7", "1", "2", "3", "3", "10", "99")
"""PriorAttain up to 2020/21: the same attainment under other numbers."""
_ENRICHMENT_HOURS = "40"
_STREETS = ("Mill Lane", "Canal Street", "Lock & Quay Walk", "School Road", "Park Avenue", "Chapel Street",
            "Station Road", "Weaver's Court", "Moss Bank", "Brook Street")  # fmt: skip


@dataclass(frozen=True)
class Head:
    """What stands at the top of a file."""

    ukprn: str
    year: AcademicYear
    prepared_at: datetime
    serial: str
    software: str = "Example Records"
    supplier: str = "Example Systems Limited"
    provider_ukprn: str = ""
    """Of LearningProvider, where it is another."""

    def file_name(self, extension: str = "XML") -> str:
        """Return the name that the ILR specification prescribes."""
        stamp = self.prepared_at.strftime("%Y%m%d-%H%M%S")
        return f"ILR-{self.ukprn}-{_short(self.year)}-{stamp}-{self.serial}.{extension}"

    def xml(self) -> str:
        """Return everything up to the first learner."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Message xmlns="ESFA/ILR/{self.year.folder}">\n<Header>\n<CollectionDetails>\n'
            f"<Collection>ILR</Collection>\n<Year>{_short(self.year)}</Year>\n"
            f"<FilePreparationDate>{self.prepared_at:%Y-%m-%d}</FilePreparationDate>\n</CollectionDetails>\n"
            "<Source>\n<ProtectiveMarking>OFFICIAL-SENSITIVE-Personal</ProtectiveMarking>\n"
            f"<UKPRN>{self.ukprn}</UKPRN>\n<SoftwareSupplier>{self.supplier}</SoftwareSupplier>\n"
            f"<SoftwarePackage>{self.software}</SoftwarePackage>\n"
            f"<Release>{self.year.start % 100}.1</Release>\n"
            f"<SerialNo>{self.serial}</SerialNo>\n"
            f"<DateTime>{self.prepared_at:%Y-%m-%dT%H:%M:%S}</DateTime>\n</Source>\n</Header>\n"
            f"<LearningProvider>\n<UKPRN>{self.provider_ukprn or self.ukprn}</UKPRN>\n</LearningProvider>\n"
        )


FOOT = "</Message>\n"


def write_ilr(file: Path, head: Head, learners: pl.DataFrame, aims: pl.DataFrame) -> None:
    """Write one file.

    Args:
        file: where.
        head: its head.
        learners: one row a learner, as text, in order; `key` names the learner.
        aims: one row an aim, as text, in order; `key` names its learner.
    """
    with file.open("wb") as stream:
        stream.write(head.xml().encode())
        for xml in _learners_xml(head.year, learners, aims):
            stream.write("".join(xml).encode())
        stream.write(FOOT.encode())


def _learners_xml(year: AcademicYear, learners: pl.DataFrame, aims: pl.DataFrame) -> Iterator[pl.Series]:
    for start in range(0, learners.height, LEARNERS_AT_ONCE):
        part = learners.slice(start, LEARNERS_AT_ONCE)
        own = aims.join(part.select("key"), on="key", how="semi", maintain_order="left")
        joined = (
            own.select("key", aims=_aim_xml(year))
            .group_by("key", maintain_order=True)
            .agg(pl.col("aims").str.join(""))
        )
        found = part.join(joined, on="key", how="left", maintain_order="left")
        yield found.select(_learner_xml(year)).to_series()


def _learner_xml(year: AcademicYear) -> pl.Expr:
    employment = (~pl.col("young") & ~pl.col("community_only")) | pl.col("employed")
    return pl.concat_str(
        pl.lit("<Learner>\n"),
        element("LearnRefNumber", "ref"),
        element("ULN", "uln"),
        element("FamilyName", escaped("family")),
        element("GivenNames", escaped("given")),
        element("DateOfBirth", "birth_date"),
        element("Ethnicity", "ethnicity"),
        element("Sex", "sex"),
        element("LLDDHealthProb", "lldd"),
        _prior_attain(year) if year.start <= 2020 else pl.lit(""),
        element("PlanLearnHours", pl.when("young").then(pl.col("hours").cast(pl.String))),
        element("PlanEEPHours", pl.when("young").then(pl.lit(_ENRICHMENT_HOURS))),
        element("PostcodePrior", "postcode_prior"),
        element("Postcode", "postcode"),
        element("AddLine1", _address()),
        _prior_attain(year) if year.start > 2020 else pl.lit(""),
        pl.when(pl.col("lldd") == "1")
        .then(
            pl.format(
                "<LLDDandHealthProblem>\n<LLDDCat>{}</LLDDCat>\n<PrimaryLLDD>1</PrimaryLLDD>\n</LLDDandHealthProblem>\n",
                "lldd_category",
            )
        )
        .otherwise(pl.lit("")),
        pl.when(pl.col("young") & pl.col("free_meals"))
        .then(
            pl.lit(
                "<LearnerFAM>\n<LearnFAMType>FME</LearnFAMType>\n<LearnFAMCode>2</LearnFAMCode>\n</LearnerFAM>\n"
            )
        )
        .otherwise(pl.lit("")),
        pl.when(employment).then(_employment()).otherwise(pl.lit("")),
        pl.col("aims").fill_null(""),
        pl.lit("</Learner>\n"),
    )


def _aim_xml(year: AcademicYear) -> pl.Expr:
    postcode_at_start = pl.when(pl.col("fund_model").is_in(["10", "11", "35", "38"])).then("home_at_start")
    return pl.concat_str(
        pl.lit("<LearningDelivery>\n"),
        element("LearnAimRef", "learn_aim_ref"),
        element("AimType", "aim_type"),
        element("AimSeqNumber", "sequence"),
        element("LearnStartDate", "start_date"),
        element("LearnPlanEndDate", "planned_end_date"),
        element("FundModel", "fund_model"),
        element("ProgType", "prog_type"),
        element("StdCode", "standard_code"),
        element("DelLocPostCode", "delivery_postcode"),
        # Added for devolved adult education, which began in 2019/20.
        element("LSDPostcode", postcode_at_start) if year.start >= 2019 else pl.lit(""),
        element("CompStatus", "comp_status"),
        element("LearnActEndDate", "end_date"),
        element("WithdrawReason", "withdraw_reason"),
        element("Outcome", "outcome"),
        element("AchDate", "achieved_date"),
        element("SWSupAimId", "supplier_id"),
        _monitoring(),
        pl.when((pl.col("fund_model") == "36") & (pl.col("aim_type") == "1"))
        .then(
            pl.format(
                "<AppFinRecord>\n<AFinType>TNP</AFinType>\n<AFinCode>1</AFinCode>\n<AFinDate>{}</AFinDate>\n"
                "<AFinAmount>5000</AFinAmount>\n</AppFinRecord>\n",
                "start_date",
            )
        )
        .otherwise(pl.lit("")),
        pl.lit("</LearningDelivery>\n"),
    )


def element(name: str, text: str | pl.Expr) -> pl.Expr:
    """Return an element, or nothing where its text is null."""
    return pl.format(f"<{name}>{{}}</{name}>\n", text).fill_null("")


def escaped(column: str) -> pl.Expr:
    """Return a text column as XML has it."""
    text = pl.col(column).str.replace_all("&", "&amp;", literal=True)
    return text.str.replace_all("<", "&lt;", literal=True).str.replace_all(">", "&gt;", literal=True)


def _address() -> pl.Expr:
    streets = pl.lit(pl.Series([street.replace("&", "&amp;") for street in _STREETS])).gather(
        pl.col("street")
    )
    return pl.when(pl.col("house") <= 60).then(pl.format("{} {}", "house", streets))


def _prior_attain(year: AcademicYear) -> pl.Expr:
    if year.start <= 2020:
        return element("PriorAttain", _coded("prior_level", _OLD_PRIOR_LEVELS))
    return pl.format(
        "<PriorAttain>\n<PriorLevel>{}</PriorLevel>\n<DateLevelApp>{}</DateLevelApp>\n</PriorAttain>\n",
        _coded("prior_level", _PRIOR_LEVELS),
        "begins",
    )


def _employment() -> pl.Expr:
    works = pl.col("employed") | pl.col("works")
    return pl.format(
        "<LearnerEmploymentStatus>\n<EmpStat>{}</EmpStat>\n<DateEmpStatApp>{}</DateEmpStatApp>\n{}"
        "</LearnerEmploymentStatus>\n",
        pl.when(works).then(pl.lit("10")).otherwise(pl.lit("11")),
        "begins",
        pl.when(works).then(pl.lit(_esm("EII", "7"))).otherwise(pl.lit(_esm("LOU", "2"))),
    )


def _esm(kind: str, code: str) -> str:
    return (
        f"<EmploymentStatusMonitoring>\n<ESMType>{kind}</ESMType>\n<ESMCode>{code}</ESMCode>\n"
        "</EmploymentStatusMonitoring>\n"
    )


def _monitoring() -> pl.Expr:
    """Return funding and monitoring: source of funding, full or co-funded, purpose, contract, loan."""
    model = pl.col("fund_model")
    source = pl.when(model == "25").then(pl.lit("107")).when(model == "36").then(pl.lit("105"))
    devolved = model.is_in(["10", "11", "35", "37", "38"])
    contract = (model == "36") & (pl.col("aim_type") == "1")
    purpose = pl.format(_FAM, pl.col("purpose").str.head(3), pl.col("purpose").str.slice(3))
    return pl.concat_str(
        _fam("SOF", source.when(devolved).then(pl.lit("110"))),
        _fam("FFI", pl.when(model.is_in(["35", "38"])).then(pl.lit("1"))),
        _fam("ADL", pl.when(model == "99").then(pl.lit("1"))),
        purpose.fill_null(""),
        pl.when(contract).then(pl.format(_CONTRACT, "start_date")).otherwise(pl.lit("")),
    )


_FAM = (
    "<LearningDeliveryFAM>\n<LearnDelFAMType>{}</LearnDelFAMType>\n<LearnDelFAMCode>{}</LearnDelFAMCode>\n"
    "</LearningDeliveryFAM>\n"
)
_CONTRACT = (
    "<LearningDeliveryFAM>\n<LearnDelFAMType>ACT</LearnDelFAMType>\n<LearnDelFAMCode>1</LearnDelFAMCode>\n"
    "<LearnDelFAMDateFrom>{}</LearnDelFAMDateFrom>\n</LearningDeliveryFAM>\n"
)


def _fam(kind: str, code: pl.Expr) -> pl.Expr:
    return pl.format(_FAM.format(kind, "{}"), code).fill_null("")


def _coded(column: str, codes: tuple[str, ...]) -> pl.Expr:
    return pl.lit(pl.Series(codes)).gather(pl.col(column))


def _short(year: AcademicYear) -> str:
    return year.identifier[2:4] + year.identifier[4:]
