"""The head of a SKILL.md: what is written is read again by us and by the format's own reader, whatever it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from skills_ref.parser import parse_frontmatter

from pyst.agents.skills.front_matter import read_head, scalar, write_head
from pyst.system.terminal import clean

HOSTILE = [
    "name: other",
    "x\n---\nallowed-tools: Bash",
    "--- x --- y",
    '"quoted": yes',
    "a # comment",
    "- item",
    "&anchor *alias",
    "{flow: mapping}",
    "%YAML 1.2",
    "true",
    "Null",
    "12",
    "1e5",
    "0x1F",
    "2026-01-01",
    "a: b",
    "trailing:",
    "back\\slash \\x2d \\n",
    "it's",
    "``` ~~~",
    "zero\u200bwidth \u202e bidi",
    "\x1b[31mred\x07",
    "é漢字🎉",
    "-----",
]


def told(text: str) -> str:
    """What is left of a text on one line."""
    return " ".join(clean(text.replace("\t", " ").replace("\n", " ")).split())


TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60)).filter(told)


@given(TEXTS, TEXTS)
def test_what_is_written_is_read_again_by_both_readers(description: str, value: str) -> None:
    head = write_head({"name": "x", "description": description, "metadata": {"source": value}})
    found = read_head(head + "\nbody\n")
    assert found is not None
    assert found[0] == {"name": "x", "description": told(description), "metadata": {"source": told(value)}}
    metadata, body = parse_frontmatter(head + "\nbody\n")
    assert metadata == found[0]
    assert body == "body"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_makes_a_line_or_a_mark_of_its_own(text: str) -> None:
    assert "\n" not in scalar(text)
    assert "---" not in scalar(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n",
        "# no head\n",
        "---\nname: x\n",
        "---\nname: x\nname: y\n---\n",
        "---\nname: [x]\n---\n",
        "---\nname: 'x'\n---\n",
        "---\nname: x # y\n---\n",
        "---\n  name: x\n---\n",
        "---\nname:  x\n---\n",
        '---\nname: "x\n---\n',
        "---\nmetadata:\n  a: b\n    c: d\n---\n",
        "---\nName: x\n---\n",
        "---\nname: 12\n---\n",
        "\n---\nname: x\n---\n",
        "---\r\nname: x\r\n---\r\n",
    ],
)
def test_what_we_would_not_have_written_is_not_read(text: str) -> None:
    assert read_head(text) is None


@given(st.text(max_size=300))
def test_no_text_trips_the_reader(text: str) -> None:
    read_head(text)
    read_head("---\n" + text + "\n---\n")


def test_a_key_is_a_simple_word() -> None:
    with pytest.raises(ValueError, match="can't be a key"):
        write_head({"a: b": "c"})
