"""The PEP 723 block: found by the standard's grammar, and every wrong value named with its line."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.scripts.metadata import (
    find_block,
    find_blocks,
    metadata_warnings,
    parse_metadata,
    validate_requirements,
)

REFERENCE = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
"""The regular expression of the specification "Inline script metadata", word for word."""

LINES = st.lists(
    st.sampled_from(
        [
            "# /// script",
            "# /// script ",
            "# /// other-1",
            "# /// a_b",
            "# /// ",
            "# ///",
            "# /// ",
            "#///",
            "#",
            "# ",
            "#x",
            "# x = 1",
            "#  y = [",
            "# \x0b\u2028",
            " # ///",
            "",
            "print(1)",
            '"""',
        ]
    ),
    max_size=14,
)


def by_reference(source: str) -> list[tuple[str, str, int]]:
    """The blocks as the standard's own example code reads them."""
    found = []
    for match in REFERENCE.finditer(source):
        content = "".join(
            line[2:] if line.startswith("# ") else line[1:] for line in re.findall(r"[^\n]*\n", match["content"])
        )
        found.append((match["type"], content, source.count("\n", 0, match.start()) + 1))
    return found


@given(LINES, st.booleans())
@example(["# /// script", "# a = 1", "# ///", "#", "# ///"], False)
@example(["# /// script", "# ///"], True)
@example(["# /// a", "# /// script", "# x", "# ///"], True)
def test_blocks_are_those_of_the_reference_expression(lines: list[str], ends: bool) -> None:
    source = "\n".join(lines) + ("\n" if ends else "")
    assert [tuple(block) for block in find_blocks(source)] == by_reference(source)


@given(st.text(alphabet="#/ \nscriptx-1=\r", max_size=200))
def test_any_text_is_read_as_the_reference_expression_reads_it(text: str) -> None:
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    assert [tuple(block) for block in find_blocks(source)] == by_reference(source)


def test_hostile_text_takes_linear_time() -> None:
    assert find_blocks("# /// script\n" * 200_000) == []
    assert find_block("# /// script\n" + "# x\n" * 200_000) is None


def block(*lines: str) -> str:
    return "# /// script\n" + "".join(f"# {line}\n" if line else "#\n" for line in lines) + "# ///\n"


def test_a_whole_block() -> None:
    source = "#!/usr/bin/env python\n\n" + block(
        'requires-python = ">=3.11"',
        'dependencies = ["rich", "httpx<1"]',
        "",
        "[tool.pyst.permissions]",
        'net = ["a:1"]',
    )
    found = parse_metadata(source, "x.py")
    assert found is not None
    assert found.requires_python == ">=3.11"
    assert found.dependencies == ("rich", "httpx<1")
    assert found.tool == {"pyst": {"permissions": {"net": ["a:1"]}}}
    assert found.line == 3


@pytest.mark.parametrize(
    "source",
    [
        block('dependencies = ["é"]').encode(),
        b"\xef\xbb\xbf" + block('dependencies = ["é"]').encode(),
        block('dependencies = ["é"]').replace("\n", "\r\n").encode(),
        ("# coding: latin-1\n" + block('dependencies = ["é"]')).encode("latin-1"),
        ("#!/x\n# vim: set fileencoding=latin-1 :\n" + block('dependencies = ["é"]')).encode("latin-1"),
    ],
)
def test_encodings_and_line_ends(source: bytes) -> None:
    found = parse_metadata(source, "x.py")
    assert found is not None
    assert found.dependencies == ("é",)


def test_no_block_is_none() -> None:
    assert parse_metadata("print('# /// script')\n", "x.py") is None
    assert parse_metadata(b"", "x.py") is None


@pytest.mark.parametrize(
    ("source", "line", "key", "says"),
    [
        ("x = 1\n" + block("a = 1") + "\n" + block("b = 2"), 6, "", "second"),
        (block("a = 1", "b = = 2"), 3, "", "TOML"),
        (block("a = 1", 'b = """'), 3, "", "TOML"),
        (block("", 'dependencies = "rich"'), 3, "dependencies", "an array of strings"),
        (block("dependencies = [", "  1,", "]"), 2, "dependencies", "an integer"),
        (block("a = 1", "requires-python = 3.11"), 3, "requires-python", "a float"),
        (block("a = 1", '"requires-python" = true'), 3, "requires-python", "a boolean"),
        (block("[[tool]]", "x = 1"), 2, "tool", "a table"),
        (block("x = " + "[" * 5000), 2, "", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(source: str, line: int, key: str, says: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_metadata(source, "x.py")
    assert caught.value.code == "E_METADATA"
    assert says in caught.value.message
    where = caught.value.where
    assert where is not None
    assert where.path == "x.py"
    assert where.key == key
    assert where.line in (line, 1) if not says else where.line == line


@pytest.mark.parametrize(
    ("lines", "line", "key"),
    [
        (["dependencies = [", '  "rich",', '  "rich=13",', "]"], 4, "dependencies"),
        (["dependencies = ['a b']"], 2, "dependencies"),
        (['requires-python = "python3"'], 2, "requires-python"),
    ],
)
def test_wrong_requirements_are_named(lines: list[str], line: int, key: str) -> None:
    found = parse_metadata(block(*lines), "x.py")
    assert found is not None
    with pytest.raises(Failure) as caught:
        validate_requirements(found, "x.py")
    where = caught.value.where
    assert where is not None
    assert (where.line, where.key) == (line, key)
    assert caught.value.hint


def test_right_requirements_pass() -> None:
    found = parse_metadata(block("dependencies = [\"a[b]>=1; python_version<'4'\"]", 'requires-python = "~=3.11"'), "x")
    assert found is not None
    validate_requirements(found, "x")


def test_an_unclosed_block_and_unknown_keys_are_remarked_on() -> None:
    assert metadata_warnings(block("dependencies = []"), "x") == ()
    (unclosed,) = metadata_warnings("\n# /// script\n# dependencies = []\n#///\n", "x")
    assert unclosed.code == "W_METADATA_UNCLOSED"
    assert unclosed.where == "x:2"
    (unknown,) = metadata_warnings(block('dependecies = ["rich"]'), "x")
    assert unknown.code == "W_METADATA_KEY"
    assert "`dependencies`" in unknown.hint
