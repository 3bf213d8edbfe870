"""Every field definition rule of the ILR: a value that passes, one that breaks it; and all rules' names."""

import csv

import pytest

from pipelines.extracts.ilr import CONTRACTS
from pipelines.extracts.ilr_fields import entities
from pipelines.extracts.rules import Severity
from tests.extracts.shared_rules import of_names

# Suffix of the rule, a value that passes, one that does not, and the fields, under DfE's names.
FIELD_DEFINITIONS = """
AL|1|12|LLDDHealthProb Accom ContPrefCode PrimaryLLDD TTACCOM FINTYPE AimType EmpOutcome CompStatus Outcome
AL|1|12|WorkPlaceMode SEC TYPEYR FUNDCOMP SPECFEE ELQ
AL|31|310|Ethnicity PriorAttain PriorLevel LLDDCat EmpStat ESMCode FundModel ProgType WithdrawReason Tlout
AL|31|310|AFinCode MODESTUD FUNDLEV MSTUFEE
AL|105|x05|LearnFAMCode FworkCode PwayCode OutCode
AL|2136|21365|SOC SOC2000
AL|12345|123456|StdCode
AL|154549452|1545494520|EmpId WorkPlaceEmpId
AL|F|FF|Sex ProvSpecLearnMonOccur ProvSpecDelMonOccur
AL|GB|GBR|PERMADDCOUNTRY DOMICILE
AL|SOF|SOFA|ContPrefType LearnFAMType ESMType LearnDelFAMType AFinType OutType QUALENT3
AL|NONE|NONES|MathGrade EngGrade
AL|105|105105|LearnDelFAMCode
AL|PASS|PASSING|OutGrade
AL|A1B2C3|A1B2C3D|AgreeId
AL|EPA0001|EPA00012|EPAOrgID
AL|M1 1AE|M1  11 AE|PostcodePrior Postcode DelLocPostCode LSDPostcode HEPostCode
AL|Z0007846|Z00078461|LearnAimRef
AL|LJ000000A|LJ000000AA|NINumber
AL|0123456789012|01234567890123|SSN
AL|group 1|a note that is too long|ProvSpecLearnMon ProvSpecDelMon ConRefNumber NUMHUS
AL|9ddf1c6d-c36b-4cd3-b505-71408fd7bec4|9ddf1c6d-c36b-4cd3-b505-71408fd7bec41|SWSupAimId
AL|1 High Street|1 High Street, in the part of the town with long names|AddLine1 AddLine2 AddLine3 AddLine4
AL|a@b.org|a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb|Email
AR|10000001|9999999|PrevUKPRN PMUKPRN PartnerUKPRN
AR|9276308686|927630868|ULN
AR|0|1000000|ALSCost FINAMOUNT AFinAmount NETFEE GROSSFEE
AR|9999|10000|PlanLearnHours PlanEEPHours OTJHours PHours OTJActHours AddHours WorkPlaceHours
AR|98|99|AimSeqNumber YEARSTU
AR|99|100|PriorLearnFundAdj
AR|999|1.5|OtherFundAdj
AR|0|1000|OtherFundAdj
AR|300.0|300.5|STULOAD
AR|99.9|99.95|PCOLAB PCFLDCS PCSLDCS PCTLDCS
AR|0000000001|0000000000|UCASPERID
AP|A 1|A-1|LearnRefNumber PrevLearnRefNumber
AP|A1|A 1|CampId AgreeId
AP|Sméth|Sm1th|FamilyName GivenNames
AP|1990-02-28|1990-02-30|DateOfBirth DateLevelApp DateEmpStatApp LearnStartDate OrigLearnStartDate
AP|2024-02-29|29/02/2024|LearnPlanEndDate LearnActEndDate AchDate LearnDelFAMDateFrom LearnDelFAMDateTo
AP|2024-08-01Z|2024-8-1|WorkPlaceStartDate WorkPlaceEndDate AFinDate OutStartDate OutEndDate OutCollDate
AP|0161|0161 234|TelNo
AP|a@b|ab|Email
AP|1 St Ann's Sq.|1 Straße|AddLine1 AddLine2 AddLine3 AddLine4
AP|0123456789|123456789|UCASPERID
AP|AB12|AB1|UCASSCHEMECODE UCASAPPID
AP|F|é|Sex ProvSpecLearnMonOccur ProvSpecDelMonOccur
AP|A*|A–|NINumber MathGrade EngGrade PostcodePrior Postcode ContPrefType LearnFAMType ProvSpecLearnMon ESMType
AP|A*|A–|LearnAimRef DelLocPostCode LSDPostcode ConRefNumber EPAOrgID OutGrade SWSupAimId LearnDelFAMType
AP|A*|A–|LearnDelFAMCode AFinType ProvSpecDelMon NUMHUS SSN QUALENT3 PERMADDCOUNTRY DOMICILE
AP|A*|A–|HEPostCode OutType
MA|1||LearnRefNumber ULN Ethnicity Sex LLDDHealthProb PostcodePrior Postcode ContPrefType ContPrefCode LLDDCat
MA|1||LearnFAMType LearnFAMCode ProvSpecLearnMonOccur ProvSpecLearnMon EmpStat DateEmpStatApp ESMType ESMCode
MA|1||FINTYPE FINAMOUNT LearnAimRef AimType AimSeqNumber LearnStartDate LearnPlanEndDate FundModel CompStatus
MA|1||DelLocPostCode LearnDelFAMType LearnDelFAMCode WorkPlaceStartDate WorkPlaceHours WorkPlaceMode AFinType
MA|1||AFinCode AFinDate AFinAmount ProvSpecDelMonOccur ProvSpecDelMon TYPEYR MODESTUD YEARSTU MSTUFEE SPECFEE
MA|1||OutType OutCode OutStartDate OutCollDate PriorLevel DateLevelApp
"""


def _field_definition_cases():
    for line in FIELD_DEFINITIONS.strip().splitlines():
        suffix, good, bad, fields = line.split("|")
        for name in fields.split():
            rule = f"FD_{name}_{suffix}"
            for table, contract in CONTRACTS.items():
                for found in contract.rules:
                    if found.id == rule:
                        yield table, rule, {found.field: good}, {found.field: bad or None}


OF_NAMES = of_names("FamilyName", "GivenNames")
CASES = [*_field_definition_cases(), *(("learner", *case) for case in OF_NAMES)]


@pytest.mark.parametrize(("table", "rule", "good", "bad"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_a_row_rule_lets_the_good_pass_and_names_the_bad(breaks, table, rule, good, bad):
    contract = CONTRACTS[table]
    assert not breaks(contract, rule, good)
    assert breaks(contract, rule, bad)


def test_every_field_definition_rule_has_a_case_that_breaks_it():
    declared = {(t, r.id) for t, c in CONTRACTS.items() for r in c.rules if r.id.startswith("FD_")}
    assert declared | {("learner", rule) for rule, *_ in OF_NAMES} == {case[:2] for case in CASES}


def test_a_row_is_set_aside_only_where_it_could_not_be_counted_rightly():
    set_aside = {
        r.id for c in CONTRACTS.values() for r in (*c.rules, *c.unique) if r.severity is Severity.QUARANTINE
    }
    expected = """
    FD_LearnRefNumber_MA FD_DateOfBirth_AP Sex_01 DateOfBirth_04 DateOfBirth_27 R_06
    FD_AimSeqNumber_MA FD_AimSeqNumber_AR FD_LearnStartDate_MA FD_LearnStartDate_AP FD_AimType_MA
    FD_FundModel_MA FD_CompStatus_MA AimType_01 FundModel_01 ProgType_03 CompStatus_01 LearnStartDate_03
    LearnStartDate_05 LearnActEndDate_01 R_07
    """
    assert set_aside == set(expected.split())


def test_field_names_differ_along_every_path():
    # A record hands its keys down to those inside it, so a name must not mean two things on one path.
    for entity in entities().values():
        own = {f.field for f in entity.fields}
        parent = entity.parent
        while parent:
            above = entities()[parent]
            assert not own & {f.field for f in above.fields}
            parent = above.parent


# Rules we add to DfE's: of fields that left the ILR before 2025/26, and of what DfE's schema check refuses.
NOT_IN_DFES_LIST = """
FD_AgreeId_AL FD_AgreeId_AP FD_DOMICILE_AL FD_DOMICILE_AP FD_EmpOutcome_AL FD_NUMHUS_AL FD_NUMHUS_AP
FD_OTJHours_AR FD_OutCode_AL FD_OutCode_MA FD_OutCollDate_MA FD_OutStartDate_MA FD_OutType_AL FD_OutType_AP
FD_OutType_MA FD_PCFLDCS_AR FD_PCSLDCS_AR FD_PCTLDCS_AR FD_PriorAttain_AL FD_SOC2000_AL FD_UCASAPPID_AP
FD_AFinDate_MA FD_ConRefNumber_AP FD_FINTYPE_MA FD_PriorLevel_AL Schema
familyname_encoded_twice givennames_encoded_twice
"""


def test_rules_bear_the_names_of_dfes_list(shared_extracts):
    with (shared_extracts / "ilr" / "ILR_validation_rules_2025-26.csv").open(encoding="utf-8-sig") as stream:
        names = {row["Name"] for row in csv.DictReader(stream)}
    rules = [r for c in CONTRACTS.values() for r in (*c.rules, *c.unique)]
    dates = {r.id for r in rules if r.id.endswith("_AP") and "YYYY-MM-DD" in r.message}
    assert {r.id for r in rules} - names - dates == set(NOT_IN_DFES_LIST.split())
