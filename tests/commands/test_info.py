"""`pyst info`, of a script and of the machine."""

from __future__ import annotations

import json

import jsonschema
import pytest

from pyst.commands import info as command
from tests.conftest import Home, Pyst

SCRIPT = '''# /// script
# requires-python = ">=3.9"
# dependencies = ["requests>=2"]
# ///
"""Put it out there.

Carefully, and <b>at once</b>.
"""
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("target", help="where to")
parser.add_argument("--mode", choices=["fast", "slow"], default="fast", help="how")
parser.parse_args()
'''


def test_all_that_is_known_of_a_script(home: Home, pyst: Pyst) -> None:
    path = home.script("deploy", SCRIPT)
    home.script("deploy", "", where="global")
    (path.parent / "deploy.py.lock").write_text("")
    detail = pyst("info", "deploy", "--format", "json").detail
    jsonschema.Draft202012Validator(command.DETAIL).validate(detail)
    assert detail["path"] == str(path)
    assert detail["bytes"] == len(SCRIPT)
    assert detail["requirements"] == ["requests>=2"]
    assert detail["requires_python"] == ">=3.9"
    assert detail["lock"] == {"path": f"{path}.lock"}
    assert detail["context"]["allowed"] is True
    assert detail["trusted"] is False
    assert detail["environment"]["exists"] is False
    assert detail["environment"]["path"].endswith(detail["environment"]["key"])
    assert len(detail["shadows"]) == 1
    assert detail["interface"]["framework"] == "argparse"
    assert [each["name"] for each in detail["interface"]["parameters"]] == ["target", "mode"]


def test_a_script_that_needs_nothing_has_no_environment(home: Home, pyst: Pyst) -> None:
    home.script("x", "# /// script\n# dependencies = []\n# ///\n")
    assert pyst("info", "x", "--format", "json").detail["environment"] is None


def test_without_an_interpreter_the_rest_is_told(home: Home, pyst: Pyst) -> None:
    home.script("x", "# /// script\n# requires-python = '>=99'\n# dependencies = ['rich']\n# ///\n")
    ended = pyst("info", "x", "--format", "json")
    assert ended.code == 0
    assert ended.detail["environment"] is None
    assert ended.detail["requirements"] == ["rich"]


def test_a_person_sees_facts_and_usage(home: Home, pyst: Pyst) -> None:
    path = home.script("deploy", SCRIPT)
    out = pyst("info", "deploy").out
    assert out.startswith("deploy\nPut it out there.\n\nCarefully, and <b>at once</b>.\n")
    assert f"path             {path}\n" in out
    assert "--mode  fast|slow  how [default: fast]" in out
    assert "TARGET  str  where to" in out


def test_markdown_acts_on_nothing(home: Home, pyst: Pyst) -> None:
    home.script("deploy", SCRIPT)
    out = pyst("info", "deploy", "--format", "markdown").out
    assert out.startswith("# deploy\n\nPut it out there.\n\nCarefully, and \\<b\\>at once\\</b\\>.\n")
    assert "| `--mode` | fast\\|slow | how \\[default: fast\\] |" in out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("def main(:\n", "E_SYNTAX"),
        ("x = '\0'\n", "E_SYNTAX"),
        ("# /// script\n# dependencies = 1\n# ///\n", "E_METADATA"),
    ],
)
def test_a_broken_script_has_its_reason(home: Home, pyst: Pyst, text: str, code: str) -> None:
    home.script("x", text)
    ended = pyst("info", "x", "--format", "json")
    jsonschema.Draft202012Validator(command.DETAIL).validate(ended.detail)
    assert ended.detail["broken"]["code"] == code
    assert "broken" in pyst("info", "x").out
    assert pyst("info", "x", "--format", "markdown").code == 0


def test_a_blocked_script_can_be_described(home: Home, pyst: Pyst) -> None:
    home.script("x", "")
    (home.project / ".pyst.toml").write_text('[contexts.default]\nenabled = ["!x"]\n')
    ended = pyst("info", "x")
    assert ended.code == 0
    assert "blocked in `default`" in ended.out


def test_a_script_by_its_path(home: Home, pyst: Pyst) -> None:
    home.script("tool.py", '"""Tool."""\n', where="path")
    detail = pyst("info", "./tool.py", "--format", "json").detail
    assert (detail["name"], detail["origin"]) == ("tool", "path")
    assert pyst("info", "./nope.py").code == 127
    assert pyst("info", ".").code == 126


def test_its_schema_is_printed_as_itself(home: Home, pyst: Pyst) -> None:
    home.script("deploy", SCRIPT)
    printed = json.loads(pyst("info", "deploy", "--schema").out)
    assert printed["required"] == ["target"]
    assert printed["properties"]["mode"] == {
        "title": "Mode",
        "description": "how",
        "type": "string",
        "enum": ["fast", "slow"],
        "default": "fast",
    }
    detail = pyst("info", "deploy", "--schema", "--json").detail
    jsonschema.Draft202012Validator(command.DETAIL).validate(detail)
    assert (detail["name"], detail["input_schema"], detail["output_schema"]) == ("deploy", printed, None)
    assert '"enum": [' in pyst("info", "deploy", "--schema", "--format", "markdown").out


def test_what_is_returned_is_in_the_schema(home: Home, pyst: Pyst) -> None:
    home.script("count", "def main(words: list[str]) -> dict[str, int]: ...\n")
    detail = pyst("info", "count", "--schema", "--json").detail
    result = detail["output_schema"]["properties"]["result"]
    assert result == {"type": "object", "additionalProperties": {"type": "integer"}}


def test_a_broken_script_has_no_schema(home: Home, pyst: Pyst) -> None:
    home.script("x", "def main(:\n")
    ended = pyst("info", "x", "--schema", "--json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (126, "E_SYNTAX")


@pytest.mark.parametrize("words", [["--schema"], ["x", "--env"], ["x", "--versions"], ["--versions", "--env"]])
def test_options_that_do_not_go_together(home: Home, pyst: Pyst, words: list[str]) -> None:
    home.script("x", "")
    ended = pyst("info", *words, "--json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (64, "E_USAGE")
