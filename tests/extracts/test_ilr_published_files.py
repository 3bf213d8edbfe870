"""The ILR files that DfE and its developers published: read whole, and every known fault found in them."""

import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipelines.extracts import ilr

SOUND = [
    "IFCT_SampleValid_2021tools.xml",
    "ILR-10033670-1819-20180704-120055-03.xml",
    "ILR-10033670-1819-20181206-093952-03.xml",
    "ILR-10033670-1819-20190617-102124-03.xml",
    "ILR-99999999-2526-20250108-094401.xml",
    "ILR_Valid.xml",
    "ILR_InValid.xml",
]


def tables(file: Path) -> dict[str, pl.DataFrame]:
    (batch,) = ilr.read((file,))
    return dict(batch)


@pytest.mark.parametrize("name", SOUND)
def test_a_published_file_is_read_whole(shared_extracts, name):
    file = shared_extracts / "ilr" / name
    content = re.sub(rb"<!--.*?-->", b"", file.read_bytes(), flags=re.DOTALL)
    read = tables(file)
    for element, table in ((b"Learner", "learner"), (b"LearningDelivery", "learning_delivery")):
        assert len(read[table]) == len(re.findall(rb"<" + element + rb"[\s>]", content))
    stated = re.search(rb"<LearningProvider>\s*<UKPRN>(\d+)<", content)
    assert ilr.identify((file,), check_name=False).provider == stated[1].decode()


def test_the_departments_sample_breaks_exactly_the_rules_it_is_known_to_break(shared_extracts, findings):
    found = findings(ilr, shared_extracts / "ilr" / "ILR-99999999-2526-20250108-094401.xml")
    assert Counter(found["rule"]) == {
        "ULN_04": 1,
        "R_59": 1,
        "R_07": 1,
        "LearnPlanEndDate_02": 4,
        "LearnActEndDate_04": 4,
        # Six learners without a number, two of them in community (10) and tailored learning (11).
        "ULN_03": 6,
        "ULN_02": 2,
        # Learners of the two Skills Bootcamps have no prior attainment; one achieved after the file was made.
        "PriorAttain_01": 2,
        "AchDate_07": 1,
        # Began on 1 September 2024 with model 35, and on 9 June 2021 with model 38.
        "FundModel_17": 1,
        "FundModel_19": 1,
        # Prior attainment of 31 August 2020, first start on 1 May 2020.
        "R_131": 1,
    }


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("ILR_Valid.xml", {}),
        ("ILR_InValid.xml", {"Schema": 1, "FD_Sex_MA": 1}),
        # Thirty learners, ten numbers, each three times.
        ("IFCT_SampleValid_2021tools.xml", {"R_59": 20, "LearnActEndDate_04": 84}),
        # Its one schema error: a monitoring record with type and code twice. Two learners were born in 1902.
        # Twenty have no number, in a file made before January; one of them is a levy payer's apprentice. Ten
        # with 16-19 funding were born in August and September 1992. Three core aims have adult funding. Two
        # have two difficulties and no primary one, one the same difficulty twice.
        (
            "ILR-10033670-1819-20180704-120055-03.xml",
            {
                "Schema": 2,
                "DateOfBirth_04": 2,
                "parent_quarantined": 2,
                "ULN_03": 20,
                "ULN_12": 1,
                "DateOfBirth_07": 10,
                "AimType_07": 3,
                "PrimaryLLDD_01": 2,
                "R_45": 1,
            },
        ),
        ("ILR-10033670-1819-20181206-093952-03.xml", {"R_59": 1}),
        # Learners named for the rule they break: 0AchDt03, 0 to 2AimTy01 and 07, 0Compsts02. 1AfinDt02 has
        # two programmes of one time, one with a funding model that did not exist; 4EmpStat08 is a traineeship
        # that is called an aim on its own.
        (
            "ILR-10033670-1819-20190617-102124-03.xml",
            {
                "CompStatus_02": 1,
                "CompStatus_05": 1,
                "AimType_01": 4,
                "LearnAimRef_30": 1,
                "AimType_07": 3,
                "AchDate_03": 1,
                "AchDate_05": 1,
                "AchDate_09": 1,
                "FundModel_05": 1,
                "R_124": 1,
                "ProgType_02": 1,
            },
        ),
    ],
)
def test_the_other_files_break_what_can_be_counted_in_them(shared_extracts, findings, name, rules):
    assert Counter(findings(ilr, shared_extracts / "ilr" / name)["rule"]) == rules


# Learner → the field that its reference number names, read off by hand.
RANGE_FAULTS = {
    "R75PrevUKPRN": "PrevUKPRN",
    "R76PMUKPRN": "PMUKPRN",
    "R77ULN": "ULN",
    "R78ALSCost": "ALSCost",
    "R79PlanLrnHr": "PlanLearnHours",
    "R80PlanEEPH": "PlanEEPHours",
    "R111UCASPER": "UCASPERID",
    "R117FINAMT": "FINAMOUNT",
    "R148AimSeqNo": "AimSeqNumber",
    "R149Partner": "PartnerUKPRN",
    "R150AddHour": "AddHours",
    "R151PLFndAd": "PriorLearnFundAdj",
    "R152OtherFnd": "OtherFundAdj",
    "R164WrkPlcHr": "WorkPlaceHours",
    "R172AFinAmt": "AFinAmount",
    "R208STULOAD": "STULOAD",
    "R209YEARSTU": "YEARSTU",
    "R210PCOLAB": "PCOLAB",
    "R211PCFLDCS": "PCFLDCS",
    "R212PCSLDCS": "PCSLDCS",
    "R213PCTLDCS": "PCTLDCS",
    "R214NETFEE": "NETFEE",
    "R215GROSSFEE": "GROSSFEE",
    "R221DPULN": "ULN",
}
PATTERN_FAULTS = {
    "P1-LrnRef": "LearnRefNumber",
    "P2PreLrnRef": "PrevLearnRefNumber",
    "P3FamilyNam": "FamilyName",
    "P5Sex": "Sex",
    "P9PriPostCd": "PostcodePrior",
    "P10Postcode": "Postcode",
    "P11AddLine1": "AddLine1",
    "P12AddLine2": "AddLine2",
    "P13AddLine3": "AddLine3",
    "P14AddLine4": "AddLine4",
    "P15TelNo": "TelNo",
    "P16Email": "Email",
    "P20ProSpMon": "ProvSpecLearnMon",
    "P22UCASPERID": "UCASPERID",
    "P24DelLocPo": "DelLocPostCode",
    "P37UCASAPPID": "UCASAPPID",
    "P40_DPLrnRf": "LearnRefNumber",
}
# The published schemas allow these values (P6NINumber: AA12345YZ, P8EngGrade: DS1, P32ProSpDelO: E): DfE's
# own rule has a narrower pattern, which its published list of rules does not state.
PATTERNS_NOT_PUBLISHED = """
P4GivenName P6NINumber P7MathGrade P8EngGrade P17ContPrfTy P18LrnFAMTyp P19ProSpOcc P21ESMType P23LearnAim
P25ConRefNum P26EPAOrgID P27OutGrade P28SWSupAim P29LrnDFAMTy P30LrnDFAMCd P31AFinType P32ProSpDelO
P33ProSpDelM P34NUMHUS P35SSN P36QUALENT3 P38DOMICILE P39HEPostCod P41DPOutType
"""
# P40DPLrnRef's fault stands in its outcome record, whose own reference number is P40_DPLrnRf. 227L_DP_OutC
# names an outcome code that the file does not hold; its underscore breaks its own reference number.
NAMED_ELSEWHERE = "P40DPLrnRef 227L_DP_OutC"


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("BROKEN_field_range_ILR-10033670-1819-20181030-161401-03.xml", RANGE_FAULTS),
        ("BROKEN_field_pattern_ILR-10033670-1819-20181029-154541-03.xml", PATTERN_FAULTS),
    ],
    ids=["range", "pattern"],
)
def test_each_planted_fault_is_found_at_its_field(shared_extracts, findings, tmp_path, name, faults):
    file = tmp_path / name[name.index("ILR-") :]
    file.write_bytes((shared_extracts / "ilr" / name).read_bytes())
    assert ilr.identify((file,)).serial == "03"
    found = findings(ilr, file).select("record", "field").rows()
    seen = {(record.partition(" / ")[0], field) for record, field in found}
    assert set(faults.items()) <= seen
    unseen = f"{PATTERNS_NOT_PUBLISHED} {NAMED_ELSEWHERE}".split() if faults is PATTERN_FAULTS else ()
    references = {r for t in tables(file).values() if "LearnRefNumber" in t for r in t["LearnRefNumber"]}
    assert references == {*faults, *unseen}
