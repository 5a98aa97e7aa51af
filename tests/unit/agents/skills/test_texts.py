"""The skills that come with pyst: valid, short, and every command in them is one that pyst has."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from skills_ref import validate

from pyst.agents.skills.builtin import NAMES, TEXTS, builtin_skill
from pyst.agents.skills.rules import violations_of
from pyst.agents.skills.skill import MAIN, files_of
from pyst.cli.arguments import parse
from pyst.cli.table import COMMANDS, find_command
from pyst.scripts.metadata import parse_metadata
from tests.unit.agents.skills.test_rules import lay

FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<info>\w*)\n(?P<body>.*?)^ *(?P=fence) *$", re.M | re.S)
SKILLS = [*NAMES, "local"]


def files(name: str) -> dict[str, str]:
    skill = builtin_skill("pyst", "# This machine\n") if name == "local" else builtin_skill(name)
    return files_of(skill, "1.2.3")


def commands_of(text: str) -> Iterator[str]:
    """Every command line of pyst in a text: lines of `sh` blocks, and code that begins with `pyst` in prose."""
    for block in FENCE.finditer(text):
        if block["info"] == "sh":
            yield from (line.strip() for line in block["body"].splitlines() if line.strip())
    yield from re.findall(r"`(pyst [^`]+)`", FENCE.sub("", text))


@pytest.mark.parametrize("name", SKILLS)
def test_they_are_valid(name: str, tmp_path: Path) -> None:
    package = files(name)
    folder = "pyst" if name == "local" else name
    assert violations_of(package, folder) == []
    assert validate(lay(package, tmp_path / folder)) == []


@pytest.mark.parametrize("name", SKILLS)
def test_they_are_short(name: str) -> None:
    package = files(name)
    assert package[MAIN].count("\n") < 120
    assert all(len(text) < 6_000 for text in package.values())
    lines = [
        line for text in package.values() for line in text.partition("\n---\n")[2].splitlines() or text.splitlines()
    ]
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_one_that_pyst_has(name: str) -> None:
    found = [line for text in files(name).values() for line in commands_of(text)]
    assert found
    for line in found:
        line = re.sub(r"\s+<\s+\S+$", "", line)  # what the shell takes for itself
        words = shlex.split(line, comments=True)
        assert words[0] == "pyst", line
        if len(words) == 2:  # the command as a whole is spoken of
            assert find_command(words[1]), line
            continue
        request = parse(words[1:])
        assert request.command is not None or request.help, line


def test_the_commands_that_agents_need_are_told_of() -> None:
    text = "\n".join("\n".join(files(name).values()) for name in NAMES)
    told = {line.split()[1] for line in commands_of(text)}
    silent = {"which", "trust", "grants", "mcp", "config", "gc", "cache", "completions", "skills", "schema"}
    assert {each.name for each in COMMANDS} - told - silent == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_led_to(name: str) -> None:
    package = files(name)
    assert set(re.findall(r"\]\((references/[^)]+)\)", package[MAIN])) == set(package) - {MAIN}


def test_every_folder_of_texts_is_a_skill() -> None:
    assert {path.name for path in Path(TEXTS).iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_code_that_is_told_of_is_one(name: str) -> None:
    page = (Path(__file__).parents[4] / "docs" / "json-output.md").read_text()
    known = set(re.findall(r"^\| `([EWI]_[A-Z0-9_]+)` \|", page, re.M))
    assert {code for text in files(name).values() for code in re.findall(r"\b[EWI]_[A-Z_]+\b", text)} <= known


@pytest.mark.parametrize("name", NAMES)
def test_the_scripts_that_are_shown_work_as_they_are(name: str) -> None:
    for text in files(name).values():
        for block in FENCE.finditer(text):
            if block["info"] == "python" and block["body"].startswith("# ///"):
                compile(block["body"], name, "exec")
                parse_metadata(block["body"].encode(), name)
            if block["info"] == "json":
                json.loads(block["body"])


def test_every_tool_that_is_told_of_is_one() -> None:
    source = (Path(TEXTS).parents[1] / "builtins.py").read_text()
    told = {tool for name in NAMES for text in files(name).values() for tool in re.findall(r"`pyst_(\w+)`", text)}
    assert told
    assert [tool for tool in sorted(told) if f'"{tool}"' not in source] == []
