"""An answer as a file: the block says exactly what the answer lists, whatever it lists."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pyst.authoring.answer import ScriptAnswer, assemble
from pyst.authoring.messages import MOST_CODE
from pyst.scripts.metadata import parse_metadata

CODE = '"""Do it."""\n\n\ndef main() -> None:\n    """Do it."""\n'
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


@given(st.lists(PRINTABLE, max_size=4), st.lists(PRINTABLE, max_size=3), PRINTABLE)
def test_the_block_says_what_was_listed(requirements: list[str], read: list[str], python: str) -> None:
    answer = ScriptAnswer(
        code=CODE,
        summary="x",
        requirements=requirements,
        requires_python=python,
        permissions={"read": read},  # type: ignore[arg-type]
    )
    source = assemble(answer, "x.py")
    metadata = parse_metadata(source, "x.py")
    assert metadata is not None
    assert list(metadata.dependencies) == requirements
    assert metadata.requires_python == python
    own = metadata.tool["pyst"]
    assert own["sandbox"] == "strict"
    assert own.get("permissions", {}) == ({"read": list(dict.fromkeys(read))} if read else {})
    assert source.decode().endswith(CODE)


OLD = """\
requires-python = ">=3.9"
dependencies = ["six"]  # kept since 2020
[tool.uv]
exclude-newer = "2026-01-01T00:00:00Z"
[tool.pyst]
sandbox = "basic"
[tool.pyst.permissions]
net = true
[tool.other.deep]
x = 1
"""


def test_of_a_block_that_was_there_the_rest_stays() -> None:
    answer = ScriptAnswer(
        code=CODE,
        summary="x",
        requirements=["rich>=13"],
        permissions={"env": ["HOME"]},  # type: ignore[arg-type]
    )
    metadata = parse_metadata(assemble(answer, "x.py", OLD), "x.py")
    assert metadata is not None
    expected = tomllib.loads(OLD)
    expected |= {"requires-python": ">=3.11", "dependencies": ["rich>=13"]}
    expected["tool"]["pyst"]["permissions"] = {"env": ["HOME"]}
    assert tomllib.loads(metadata.text) == expected


def test_without_a_block_and_with_nothing_to_say_there_is_none() -> None:
    answer = ScriptAnswer(code="\n\n" + CODE.replace("\n", "\r\n"), summary="x")
    assert assemble(answer, "x.py", "") == CODE.encode()
    with_head = assemble(answer.model_copy(update={"code": "#!/bin/sh\n" + CODE}), "x.py", "", "#!/usr/bin/env python3")
    assert with_head == b"#!/usr/bin/env python3\n" + CODE.encode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "x" * (MOST_CODE + 1)},
        {"summary": "x" * 301},
        {"requirements": ["x"] * 51},
        {"requirements": ["x" * 301]},
        {"permissions": {"read": ["x"] * 51}},
        {"permissions": {"read": "everything"}},
        {"code": 5},
    ],
)
def test_the_form_is_bounded(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ScriptAnswer.model_validate({"code": CODE, "summary": "x", **wrong})
