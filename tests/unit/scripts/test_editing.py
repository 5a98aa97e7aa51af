"""Edits of a block: what was asked for changes, all else stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.scripts.editing import add_requirements, check_requirement, remove_requirements
from pyst.scripts.metadata import parse_metadata

RICH = b"""#!/usr/bin/env -S uv run --script
# /// script
# # why this is here
# requires-python = ">=3.9"  # old machines
# dependencies = [
#   "Six>=1",  # six is old
#
#   'rich', # shiny
# ]
# [tool.uv]
# exclude-newer = "2025-01-01T00:00:00Z"
# ///
\"\"\"doc\"\"\"
print(1)
"""


def dependencies(source: bytes) -> list[str]:
    found = parse_metadata(source, "s.py")
    assert found is not None
    return list(found.dependencies)


def test_comments_and_formatting_stay() -> None:
    edited, added, replaced = add_requirements(RICH, "s.py", ["idna", "six==1.16"])
    assert added == ["idna"]
    assert replaced == ["Six>=1"]
    expected = RICH.replace(b'"Six>=1"', b'"six==1.16"').replace(b"# ]\n", b'#   "idna",\n# ]\n')
    assert edited == expected


def test_what_is_there_already_changes_nothing() -> None:
    assert add_requirements(RICH, "s.py", ["rich", "Six>=1"]) == (RICH, [], [])


def test_removed_by_any_spelling() -> None:
    edited, removed = remove_requirements(RICH, "s.py", ["SIX"])
    assert removed == ["Six>=1"]
    assert dependencies(edited) == ["rich"]
    assert b"why this is here" in edited


def test_duplicates_become_one() -> None:
    source = b'# /// script\n# dependencies = ["six", "Six>=1", "a", "six; os_name == \'nt\'"]\n# ///\n'
    edited, _, _ = add_requirements(source, "s.py", ["six>=2"])
    assert dependencies(edited) == ["six>=2", "a", "six; os_name == 'nt'"]


def test_what_is_not_listed_is_named_with_near_misses() -> None:
    with pytest.raises(Failure) as caught:
        remove_requirements(RICH, "s.py", ["rish"])
    assert caught.value.code == "E_NOT_LISTED"
    assert "`rich`" in caught.value.hint


HEADS = {
    "nothing": (b"", b""),
    "code": (b"", b"print(1)\n"),
    "a docstring": (b"", b'"""doc"""\n'),
    "a shebang": (b"#!/usr/bin/env python\n", b"print(1)\n"),
    "shebang and coding": (b"#!/usr/bin/env python\n# -*- coding: latin-1 -*-\n", b"x = '\xe4'\n"),
    "only a shebang, no line end": (b"#!/usr/bin/env python", b""),
}


@pytest.mark.parametrize(("head", "body"), HEADS.values(), ids=HEADS.keys())
def test_a_block_is_made(head: bytes, body: bytes) -> None:
    edited, _, _ = add_requirements(head + body, "s.py", ["six"])
    assert edited.startswith(head)
    assert edited.endswith(body)
    assert dependencies(edited) == ["six"]
    compile(edited, "s.py", "exec")


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark_stay(ends: bytes, mark: bytes) -> None:
    source = mark + RICH.replace(b"\n", ends)
    edited, _, _ = add_requirements(source, "s.py", ["idna"])
    added = b'#   "idna",' + ends
    assert edited.replace(added, b"") == source
    assert dependencies(edited)[-1] == "idna"


def test_a_file_that_ends_with_its_block() -> None:
    source = b"# /// script\n# dependencies = []\n# ///"
    edited, _, _ = add_requirements(source, "s.py", ["six"])
    assert edited == b'# /// script\n# dependencies = ["six"]\n# ///'


def test_a_block_without_dependencies_gets_them_above_its_tables() -> None:
    source = b"# /// script\n# [tool.uv]\n# offline = true\n# ///\n"
    found = parse_metadata(add_requirements(source, "s.py", ["six"])[0], "s.py")
    assert found is not None
    assert found.dependencies == ("six",)
    assert found.tool == {"uv": {"offline": True}}


BROKEN = {
    "two blocks": RICH + b"# /// script\n# dependencies = []\n# ///\n",
    "bad TOML": b"# /// script\n# dependencies = [\n# ///\n",
    "a wrong type": b'# /// script\n# dependencies = "six"\n# ///\n',
    "a wrong requirement": b'# /// script\n# dependencies = ["six >> 1"]\n# ///\n',
    "no text": b"# coding: latin-1x\n# /// script\n# dependencies = []\n# ///\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_block_is_refused(name: str) -> None:
    with pytest.raises(Failure) as caught:
        add_requirements(BROKEN[name], "s.py", ["six"])
    assert caught.value.code == ("E_ENCODING" if name == "no text" else "E_METADATA")


@pytest.mark.parametrize("text", ["", "six >> 1", "./foo", "six idna", "-r x"])
def test_no_requirement(text: str) -> None:
    with pytest.raises(Failure) as caught:
        check_requirement(text)
    assert caught.value.exit == 64


NAMES = st.sampled_from(["six", "Idna", "a.b", "x-y>=1", "z[e]"])


@given(st.lists(NAMES, unique=True), st.lists(NAMES, unique=True, min_size=1), st.text("x=1\n#é ", max_size=9))
def test_adding_and_removing_again(there: list[str], more: list[str], code: str) -> None:
    listed = "".join(f'#   "{each}",\n' for each in there)
    source = f"# /// script\n# dependencies = [\n{listed}# ]\n# ///\n\n{code}".encode()
    if parse_metadata(source, "s.py") is None:
        return
    new = [each for each in more if each not in there]
    edited, added, _ = add_requirements(source, "s.py", more)
    assert added == new
    assert dependencies(edited) == there + new
    assert remove_requirements(edited, "s.py", new)[0] == source if new else edited == source
