"""Changing the block: the rest of the file stays, byte for byte, and the block says what was meant."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.scripts.block import drop_requirements, edit_block, put_requirements, put_requires_python, read_text
from pyst.scripts.metadata import parse_metadata


def block(*lines: str) -> str:
    return "".join(f"# {line}\n" if line else "#\n" for line in ("/// script", *lines, "///"))


def put(source: str, *requirements: str, **named: str) -> str:
    return edit_block(source.encode(), "x.py", put_requirements(requirements), **named).decode()


def test_a_new_block_goes_after_the_first_line_and_the_cookie() -> None:
    head = "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n"
    new = block('requires-python = ">=3.11"', "dependencies = [", '    "rich",', "]")
    assert put(head + "import rich\n", "rich", requires_python=">=3.11") == head + new + "\nimport rich\n"
    assert put("", "rich") == block("dependencies = [", '    "rich",', "]")


def test_comments_order_and_layout_stay() -> None:
    source = block("# why", "dependencies = [", "  'a', # the first", "  'b>=1',", "]", "", "[tool.uv]", "x = 1")
    changed = block(
        "# why", "dependencies = [", "  'a', # the first", '  "b>=2",', '  "c",', "]", "", "[tool.uv]", "x = 1"
    )
    assert put(source + "print(1)\n", "b>=2", "c") == changed + "print(1)\n"


def test_requirements_come_before_tables() -> None:
    changed = put(block("[tool.uv]", "x = 1"), "c")
    found = parse_metadata(changed, "x")
    assert found is not None
    assert found.dependencies == ("c",)
    assert found.tool == {"uv": {"x": 1}}


def test_names_are_compared_in_their_normalized_form_and_by_marker() -> None:
    source = block("""dependencies = ["Foo_Bar>=1", "baz; sys_platform == 'win32'"]""")
    found = parse_metadata(put(source, "foo.bar>=2", "baz>=3"), "x")
    assert found is not None
    assert found.dependencies == ("foo.bar>=2", "baz; sys_platform == 'win32'", "baz>=3")


def test_requirements_are_dropped_by_their_exact_text() -> None:
    source = block('dependencies = ["a", "a>=1", "b"]')
    assert edit_block(source.encode(), "x", drop_requirements(["a", "c"])) == source.replace('"a", ', "", 1).encode()


def test_requires_python_comes_first_or_stays_in_its_place() -> None:
    change = put_requires_python(">=3.11")
    assert edit_block(block("a = 1", "b = 2").encode(), "x", change).decode() == block(
        'requires-python = ">=3.11"', "a = 1", "b = 2"
    )
    assert edit_block(block("a = 1", "requires-python = '>=3.8' # old").encode(), "x", change).decode() == block(
        "a = 1", 'requires-python = ">=3.11" # old'
    )


@pytest.mark.parametrize("source", [b"print(1)\r\nprint(2)\n", b"print(1)\rprint(2)\r", b"\xff\n", b"# coding: nope\n"])
def test_what_can_not_be_kept_is_refused(source: bytes) -> None:
    with pytest.raises(Failure) as raised:
        read_text(source, "x")
    assert raised.value.code == "E_ENCODING"


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(Failure) as raised:
        edit_block(b"# coding: ascii\nprint(1)\n", "x", put_requirements(["ä"]))
    assert raised.value.code == "E_ENCODING"


def test_a_wrong_block_is_refused() -> None:
    with pytest.raises(Failure) as raised:
        put(block("dependencies = ["), "a")
    assert raised.value.code == "E_METADATA"


LINES = st.lists(
    st.sampled_from(["", "# a comment", "import x", "#", '"""Doc."""', "x = '''", "'''", "    y", "# ///"])
)
NAMES = st.lists(
    st.sampled_from(["a", "B-c>=1", "d[e]; python_version<'3.12'", "f @ https://x.test/f.whl"]), unique=True
)


@settings(max_examples=300, deadline=None)
@given(LINES, NAMES, NAMES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_around_the_block_nothing_changes(
    rest: list[str], before: list[str], more: list[str], line_end: str, has_block: bool
) -> None:
    own = block(f"dependencies = {before!r}") if has_block else ""
    tail = "\n".join(rest) + "\n"
    source = (own + "\n" + tail).replace("\n", line_end).encode()
    changed = edit_block(source, "x", put_requirements(more)).decode()
    assert changed.endswith(tail.replace("\n", line_end))
    found = parse_metadata(changed, "x")
    assert found is not None
    kept = before if has_block else []
    assert set(found.dependencies) == {*kept, *more}
    assert tomllib.loads(found.text) == {"dependencies": list(found.dependencies)}
    assert ("\r" in changed) == (line_end == "\r\n")
