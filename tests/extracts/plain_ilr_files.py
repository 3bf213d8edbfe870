"""ILR files that are plain XML, that are not, and that are spoilt, each in one way."""

import re

from tests.extracts.hostile import ilr_bytes


def records_of(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what stands before the records, the records, and what stands after them."""
    start, end = content.index(b"<Learner>"), content.rindex(b"</Message>")
    return content[:start], content[start:end], content[end:]


LEARNERS = 80
DOCUMENT = ilr_bytes("10000001", LEARNERS)
HEAD, BODY, TAIL = records_of(DOCUMENT)
ONE = BODY[: BODY.index(b"</Learner>\n") + 11]
AIM = ONE[ONE.index(b"<LearningDelivery>") : ONE.index(b"</Learner>")]
REPEATED = ONE.replace(b"<LearnRefNumber>L1<", b"<LearnRefNumber>L7<")
FAM = b"<LearningDeliveryFAM><LearnDelFAMType>%s</LearnDelFAMType>%s</LearningDeliveryFAM>"
FAMS = b"".join(
    FAM % pair
    for pair in [
        (b"SOF", b"<LearnDelFAMCode>110</LearnDelFAMCode>"),
        (b"ACL", b"<LearnDelFAMCode> </LearnDelFAMCode>"),
        (b"ACL", b"<LearnDelFAMCode>5</LearnDelFAMCode>"),
        (b"ASL", b"<LearnDelFAMCode>1</LearnDelFAMCode>"),
    ]
)
OUTCOMES = (
    b"<LearnerDestinationandProgression>\n<LearnRefNumber>L1</LearnRefNumber>\n<DPOutcome>\n"
    b"<OutType>EMP</OutType></DPOutcome>\n</LearnerDestinationandProgression>\n"
)


def inside(extra: bytes, before: bytes = b"<Sex>") -> bytes:
    """Return the document with more in a learner that the head's reader does not come to."""
    start = BODY.index(b"<LearnRefNumber>L60<")
    return HEAD + BODY[:start] + BODY[start:].replace(before, extra + before, 1) + TAIL


QUICK = {
    "as it is": DOCUMENT,
    "windows line ends": DOCUMENT.replace(b"\n", b"\r\n"),
    "one line": DOCUMENT.replace(b"\n", b""),
    "no declaration": DOCUMENT[DOCUMENT.index(b"<Message") :],
    "byte order mark": b"\xef\xbb\xbf" + DOCUMENT,
    "latin-1": DOCUMENT.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "windows-1252": inside("<AddLine1>€ 5</AddLine1>".encode())
    .decode()
    .replace("UTF-8", "windows-1252")
    .encode("cp1252"),
    "a comment in the head that looks like a record's end": DOCUMENT.replace(
        b"<Header>", b"<!-- </Learner> --><Header>"
    ),
    "references": inside(b"<AddLine1>A &amp; B &lt;&#65;&#x42;&apos; &amp;amp; &#13;</AddLine1>"),
    "an empty element": inside(b"<AddLine1/><AddLine2></AddLine2><AddLine3 /><AddLine4>\n</AddLine4>"),
    "other blanks": inside("<AddLine1>\u00a0\u2003x y\u3000</AddLine1>".encode()),
    "stray text": inside(b"stray"),
    "unknown elements": inside(b"<Unknown>x</Unknown><sex>F</sex><Unknown/>"),
    "a field of another record": inside(b"<LearnAimRef>x</LearnAimRef>"),
    "an unknown element after aims": inside(b"<Later>x</Later>", b"</Learner>"),
    "an unknown element in an aim": inside(b"<Inner>x</Inner>", b"<AimType>"),
    "a field twice": inside(b"<Sex>M</Sex><Sex></Sex>"),
    "a blank field, then again": inside(b"<Sex> </Sex>"),
    "PriorAttain as a field": inside(b"<PriorAttain>97</PriorAttain>"),
    "PriorAttain as a record": inside(b"<PriorAttain><PriorLevel>3</PriorLevel></PriorAttain>"),
    "PriorAttain both ways": inside(
        b"<PriorAttain/><PriorAttain>97</PriorAttain><PriorAttain><PriorLevel>3</PriorLevel></PriorAttain>"
    ),
    "purposes": inside(FAMS, b"</LearningDelivery>"),
    "empty records": HEAD
    + BODY
    + b"<Learner></Learner><Learner/><Learner><LearningDelivery/></Learner>"
    + TAIL,
    "a reference number after the aims": HEAD
    + BODY
    + b"<Learner>"
    + AIM
    + b"<LearnRefNumber>Z</LearnRefNumber></Learner>"
    + TAIL,
    "a repeated learner": HEAD + BODY + REPEATED + TAIL,
    "outcomes": HEAD + BODY + OUTCOMES * 50 + TAIL,
    "outcomes between learners": HEAD + OUTCOMES.join([ONE] * 30) + TAIL,
    "a schema's place": DOCUMENT.replace(b"<Message ", b'<Message xmlns:x="urn:x" x:a="1>2" '),
}
"""Plain, and read so."""

CAREFUL = {
    "a comment with a record's tag": inside(b"<!-- <Learner> </Learner> -->"),
    "CDATA with a record's end": inside(b"<AddLine1><![CDATA[</Learner>]]></AddLine1>"),
    "an instruction": inside(b"<?x <Learner> ?>"),
    "an attribute with a bracket": inside(b"<AddLine1 a='>'>x</AddLine1>"),
    "an attribute with a record's end": inside(b"<AddLine1 a='&lt;/Learner>'>x</AddLine1>"),
    "a bracket in a text": inside(b"<AddLine1>a > b</AddLine1>"),
    "a blank in a tag": inside(b"<AddLine1\n>x</AddLine1\n>"),
    "another namespace": inside(b"<AddLine1 xmlns='urn:x'>x</AddLine1>"),
    "an undeclared prefix": inside(b"<x:AddLine1>x</x:AddLine1>"),
    "a prefix throughout": re.sub(
        rb"<(/?)(?=\w)", rb"<\1i:", DOCUMENT.replace(b"xmlns=", b"xmlns:i=")
    ).replace(b"<i:Message i:xmlns", b"<i:Message xmlns"),
    "a prefix on learners": DOCUMENT.replace(b"xmlns=", b"xmlns:i='urn:i' xmlns=")
    .replace(b"<Learner>", b"<i:Learner>")
    .replace(b"</Learner>", b"</i:Learner>"),
    "a record in an unknown one": inside(b"<Unknown><Sex>F</Sex></Unknown>"),
    "a record in a field": inside(b"<AddLine1>x<Sex>F</Sex></AddLine1>"),
    "a learner in a learner": inside(ONE),
    "an aim under the root": HEAD + BODY + AIM + ONE + TAIL,
    "something unknown under the root": HEAD + BODY + b"<Unknown/>" + ONE + TAIL,
    "something unknown in the head": HEAD + b"<Unknown/>" + BODY + TAIL,
    "monitoring under a learner": inside(FAMS),
    "PriorAttain under the root": HEAD + BODY + b"<PriorAttain>1</PriorAttain>" + TAIL,
    "old line ends": DOCUMENT.replace(b"\n", b"\r"),
    "UTF-16": DOCUMENT.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "text after the root": DOCUMENT + b"<!-- end -->",
    "XML 1.1": DOCUMENT.replace(b'version="1.0"', b'version="1.1"'),
}
"""Read carefully, from the beginning, whatever was read quickly before."""

REFUSED = {
    "a tag not closed": inside(b"<AddLine1>x"),
    "a tag closed by another": inside(b"<AddLine1>x</AddLine2>"),
    "tags that cross": inside(b"<LearnerFAM><LearnFAMType></LearnerFAM></LearnFAMType>"),
    "records that cross": inside(b"<LearnerHE><LearnerFAM></LearnerHE></LearnerFAM>"),
    "a tag closed twice": inside(b"</AddLine1>"),
    "an unknown tag closed by another": inside(b"<Unknown>x</Unknown2>"),
    "an unknown tag only closed": inside(b"</Unknown>"),
    "an ampersand": inside(b"<AddLine1>A & B</AddLine1>"),
    "an ampersand between fields": inside(b" & "),
    "an entity": inside(b"<AddLine1>&nbsp;</AddLine1>"),
    "a reference to no character": inside(b"<AddLine1>&#0;</AddLine1>"),
    "a reference to a surrogate": inside(b"<AddLine1>&#xD800;</AddLine1>"),
    "the end of a CDATA": inside(b"<AddLine1>]]></AddLine1>"),
    "a null": inside(b"\0"),
    "a control character": inside(b"<AddLine1>\x1f</AddLine1>"),
    "no character": inside("<AddLine1>\uffff</AddLine1>".encode()),
    "no UTF-8": inside(b"<AddLine1>\xe9</AddLine1>"),
    "a surrogate": inside(b"<AddLine1>\xed\xa0\x80</AddLine1>"),
    "a bracket": inside(b"<"),
    "empty brackets": inside(b"<>x</>"),
    "a digit as a name": inside(b"<1>x</1>"),
    "a late DOCTYPE": inside(b"<!DOCTYPE x>"),
    "a long value": inside(b"<AddLine1>" + b"x" * 501 + b"</AddLine1>"),
    "a second root": DOCUMENT + b"<Message/>",
    "deep": inside(b"<a>" * 1_000 + b"</a>" * 1_000),
    "a learner after the root": DOCUMENT + ONE,
}


PIECES = [
    *(
        b"<",
        b">",
        b"/",
        b"&",
        b"</",
        b"/>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?x",
        b"?>",
        b"\r",
        b"\n",
    ),
    *(
        b"<Learner>",
        b"</Learner>",
        b"<Sex>",
        b"</Sex>",
        b"<Sex/>",
        b"<LearningDelivery>",
        b"</LearningDelivery>",
    ),
    *(
        b"<x>",
        b"</x>",
        b"<x>y</x>",
        b"&amp;",
        b"&#38;",
        b"\xc3",
        b"\xc3\xa9",
        b"\xef\xbf\xbf",
        b"\0",
        b" ",
        b"</Message>",
    ),
]
