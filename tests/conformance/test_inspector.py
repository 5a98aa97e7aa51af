"""The protocol's own inspector, over stdio, against `pyst mcp`: what a client sees that knows nothing of pyst."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.conformance.packages import Packages
from tests.conftest import Home
from tests.support.faults import PYST


@pytest.fixture
def inspect(home: Home, packages: Packages) -> Any:
    """`inspect("tools/list")`: what the inspector prints, as JSON."""
    home.script(
        "adds", 'def main(a: int, b: int = 2) -> int:\n    """Adds two numbers."""\n    print(a + b)\n    return 0\n'
    )

    def run(method: str, *words: str) -> Any:
        line = [str(packages.node), str(packages.inspector), "--cli", "--method", method, *words, "--", *PYST, "mcp"]
        ended = subprocess.run(
            line,
            cwd=home.project,
            env=home.environ,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout)

    return run


def test_tools_are_listed(inspect: Any) -> None:
    tools = {each["name"]: each for each in inspect("tools/list", "--strict")["tools"]}
    assert tools["adds"]["description"].startswith("Adds two numbers.")
    assert tools["adds"]["inputSchema"]["properties"]["a"]["type"] == "integer"
    assert tools["adds"]["inputSchema"]["required"] == ["a"]
    assert "pyst_list_scripts" in tools


def test_a_tool_is_called(inspect: Any) -> None:
    result = inspect("tools/call", "--tool-name", "adds", "--tool-arg", "a=40")
    assert not result.get("isError"), result
    assert "42" in json.dumps(result["content"])
    result = inspect("tools/call", "--tool-name", "pyst_list_scripts")
    assert "adds" in json.dumps(result["structuredContent"])


def test_resources_are_listed_and_read(inspect: Any) -> None:
    resources = {each["name"]: each["uri"] for each in inspect("resources/list")["resources"]}
    contents = inspect("resources/read", "--uri", resources["adds"])["contents"]
    assert contents[0]["text"].startswith("def main(a: int")
    assert contents[0]["uri"] == resources["adds"]
