"""One table more in a TOML text."""

from __future__ import annotations

import tomllib

import pytest

from pyst.agents.toml_text import NotPlainToml, with_table

PATH = ("mcp_servers", "pyst")
NEW = {"command": "/bin/pyst", "args": ["mcp"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# mine\nmodel = 'x' # yours\n",
        "[mcp_servers.other]\ncommand = 'o' # kept\n\n[mcp_servers.other.env]\nA = '1'\n\n[profiles.x]\ny = 1\n",
        "[mcp_servers]\n[mcp_servers.pyst]\ncommand = 'old'\nenv = {A = '1'}\n",
        "mcp_servers = { other = { command = 'o' } }\n",
        "[mcp_servers.a]\nx=1\n[z]\ny=2\n[mcp_servers.b]\nx=3\n",
    ],
)
def test_the_table_is_there_and_the_rest_too(text: str) -> None:
    before = tomllib.loads(text)
    found = with_table(text, PATH, NEW)
    assert tomllib.loads(found) == {**before, "mcp_servers": {**before.get("mcp_servers", {}), "pyst": NEW}}
    for line in text.splitlines():
        if "#" in line:
            assert line in found.splitlines()
    assert with_table(found, PATH, NEW) == found


@pytest.mark.parametrize("text", ["a = ", "mcp_servers = 5\n", "a = 1\na = 2\n", "[[mcp_servers]]\nx = 1\n"])
def test_what_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(NotPlainToml):
        with_table(text, PATH, NEW)
