"""A tool call all the way: its schema, its words, a real run, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from pyst.agents.arguments import argv_from
from pyst.agents.results import ToolResult, tool_result
from pyst.agents.schemas import output_schema
from pyst.scripts.interfaces import interface_from_json
from tests.conftest import Home, Pyst

ECHO = """
from __future__ import annotations

def main(text: str, *rest: str, count: int = 1, loud: bool = False, tags: list[str] = [], labels: dict[str, int] = {},
         size: tuple[int, str] = (0, ""), **more: str) -> dict[str, object]:
    return dict(locals())
"""


def call(pyst: Pyst, name: str, arguments: dict[str, Any]) -> ToolResult:
    interface = interface_from_json(pyst("info", name, "--json").detail["interface"])
    words = argv_from(interface, arguments)
    envelope = pyst("run", "--format", "json", "--", name, "--", *words).json
    return tool_result(envelope, output_schema(interface))


NASTY = [
    "--timeout=0.001",
    "--",
    "-",
    "",
    " ",
    "--help",
    "-h",
    "=",
    "a=b",
    "é\u202e\n",
    "$(id)",
    "'\"\\",
    "--text=x",
    "@x",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_value_is_anything_but_a_value(home: Home, pyst: Pyst, text: str) -> None:
    home.script("echo", ECHO)
    arguments = {
        "text": text,
        "rest": [text, text],
        "loud": True,
        "tags": [text],
        "labels": {text: 3},
        "size": [3, "b"],
    }
    found = call(pyst, "echo", {**arguments, "more": {"name": text}})
    expected = {**arguments, "count": 1, "more": {"name": text}}
    assert (found.is_error, found.structured) == (False, {"result": expected})


def test_words_as_they_are_are_the_script_s_own(home: Home, pyst: Pyst) -> None:
    home.script("raw", "import sys\nprint(sys.argv[1:])\n")
    words = ["--", "--dry-run", "--sandbox=off", "--"]
    found = call(pyst, "raw", {"arguments": words})
    assert found.structured["stdout"] == f"{words}\n"


def test_a_script_that_promised_something_else(home: Home, pyst: Pyst) -> None:
    home.script("odd", "def main() -> list[int]:\n    print('hello')\n    return 'not a list'\n")
    found = call(pyst, "odd", {})
    assert list(found.structured) == ["note"]
    assert found.text.startswith("hello\nnot a list\n")


def test_a_script_that_fails(home: Home, pyst: Pyst) -> None:
    home.script("bad", "def main() -> list[int]:\n    raise SystemExit(3)\n")
    found = call(pyst, "bad", {})
    assert (found.is_error, found.structured["exit_code"]) == (True, 3)
