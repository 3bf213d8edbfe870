"""What is wrong with an XML file is named as what it is, with its line."""

import pytest

from pipelines.extracts.returns import Refused
from pipelines.extracts.xml_stream import children_of_root, read_head

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<Message>\n<Header><A>1</A></Header>\n'


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        ((HEAD + "<L>Smith & Sons</L></Message>").encode(), "xml_ampersand", 4),
        ((HEAD + "<L>\n\nSmith &Sons</L></Message>").encode(), "xml_ampersand", 6),
        ((HEAD + "<L>Zoë</L></Message>").encode("cp1252"), "xml_encoding", 4),
        ((HEAD.replace("UTF-8", "latin-0") + "<L>Zoe</L></Message>").encode(), "xml_encoding", 1),
        ((HEAD + "<L>Zoe</L>").encode(), "well_formed", 4),
        ((HEAD + "<L>Zoe</M></Message>").encode(), "well_formed", 4),
        ((HEAD + "<L>< Zoe</L></Message>").encode(), "well_formed", 4),
        ((HEAD + "<L>\x01</L></Message>").encode(), "well_formed", 4),
    ],
)
def test_a_broken_file_is_refused_for_what_it_is(tmp_path, content, rule, line):
    file = tmp_path / "x.xml"
    file.write_bytes(content)

    def read():
        read_head(file, "Message", ["Header/A"], before=("L",), after=("Header",))
        list(children_of_root(file, "Message"))

    with pytest.raises(Refused) as caught:
        read()
    assert caught.value.rule.id == rule
    assert f"line {line}" in str(caught.value) or caught.value.line == line
    assert "Zo" not in repr((caught.value, caught.value.__context__))
