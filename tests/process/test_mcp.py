"""`pyst mcp` over standard input and output: both generations of the protocol, its tools, and what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator

from tests.conftest import Home
from tests.support.mcp_lines import Lines, serving, text_of

HELLO = '''
def main(name: str = "you", times: int = 1) -> str:
    """Say hello."""
    return " ".join([f"hello {name}"] * times)
'''
PAIR = '''
def main(left: int, right: int) -> dict[str, int]:
    """Add two numbers."""
    return {"sum": left + right}
'''


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("hello", HELLO)
    home.script("math/pair", PAIR)
    return home


@pytest.fixture(params=["legacy", "modern"])
def lines(request: pytest.FixtureRequest, scripts: Home) -> Iterator[Lines]:
    with serving(scripts.environ, scripts.project, modern=request.param == "modern") as found:
        yield found


def test_the_handshake_says_what_there_is(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, hands=False) as lines:
        told = lines.shake_hands("2025-06-18")
        assert told["protocolVersion"] == "2025-06-18"
        assert told["capabilities"]["tools"] == {"listChanged": True}
        assert told["capabilities"]["resources"]["listChanged"]
        assert told["serverInfo"]["name"] == "pyst"


def test_discovery_says_the_same_without_a_handshake(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        told = lines.ask("server/discover")
        assert "2026-07-28" in told["supportedVersions"]
        assert told["capabilities"]["tools"]["listChanged"]
        assert lines.refused("initialize", {"protocolVersion": "2025-06-18"})["code"] == -32022


def test_scripts_are_tools_with_schemas(lines: Lines) -> None:
    tools = lines.tools()
    hello = tools["hello"]
    assert hello["inputSchema"]["properties"]["times"]["type"] == "integer"
    assert hello["description"].startswith("Say hello.")
    assert tools["math__pair"]["inputSchema"]["required"] == ["left", "right"]
    assert tools["math__pair"]["outputSchema"]["properties"]["result"]["type"] == "object"
    for each in tools.values():
        for name in ("inputSchema", "outputSchema"):
            if name in each:
                Draft202012Validator.check_schema(each[name])
                assert each[name]["type"] == "object"


def test_a_second_list_is_the_same_as_the_first(lines: Lines) -> None:
    first, second = (lines.ask("tools/list") for _ in range(2))
    assert first == second
    other = lines.ask("tools/list", meta={"progressToken": 1})
    assert other == first


def test_a_list_before_the_handshake_is_refused(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, hands=False) as lines:
        assert "error" in lines.answer(lines.send("tools/list"))
        lines.shake_hands()
        lines.ask("tools/list")


def test_a_call_gives_the_typed_result(lines: Lines) -> None:
    result = lines.call("math__pair", left=2, right=40)
    assert result["structuredContent"]["result"] == {"sum": 42}
    assert not result.get("isError")
    Draft202012Validator(lines.tools()["math__pair"]["outputSchema"]).validate(result["structuredContent"])


def test_arguments_that_do_not_fit_are_told_to_the_model(lines: Lines) -> None:
    result = lines.call("math__pair", left="two", right=1)
    assert result["isError"]
    assert "E_ARGUMENTS" in text_of(result)
    assert "`/left`" in text_of(result)


def test_a_tool_that_does_not_exist_is_an_error_of_the_protocol(lines: Lines) -> None:
    assert lines.refused("tools/call", {"name": "nothing", "arguments": {}})["code"] == -32602
    assert lines.refused("tools/list", {"cursor": "7"})["code"] == -32602


OWN: list[tuple[str, dict[str, Any]]] = [
    ("pyst_list_scripts", {}),
    ("pyst_list_scripts", {"query": "HELLO", "limit": 1}),
    ("pyst_script_info", {"name": "hello"}),
    ("pyst_run_script", {"name": "project:hello", "arguments": ["--name", "there"]}),
    ("pyst_run_code", {"code": "print(6 * 7)"}),
    ("pyst_doctor", {}),
    ("pyst_gc", {}),
]


@pytest.mark.parametrize(("tool", "arguments"), OWN, ids=str)
def test_pysts_own_tools_answer_as_their_schemas_say(scripts: Home, tool: str, arguments: dict[str, Any]) -> None:
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        schema = lines.tools()[tool]
        Draft202012Validator(schema["inputSchema"]).validate(arguments)
        result = lines.call(tool, **arguments)
        assert not result.get("isError") or tool == "pyst_doctor", text_of(result)
        if not result.get("isError"):
            Draft202012Validator(schema["outputSchema"]).validate(result["structuredContent"])


def test_typed_code_runs_confined(scripts: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        result = lines.call("pyst_run_code", code=f"print(open({str(secret)!r}).read())")
        assert result["isError"]
        assert "the secret" not in json.dumps(result)


def test_a_line_that_is_no_message_is_answered(lines: Lines) -> None:
    lines.write(b"{")
    assert lines.told_error()["code"] == -32700
    lines.write(b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]')
    assert lines.told_error()["code"] == -32600
    lines.write(b'{"jsonrpc": "2.0", "id": 77, "method": "tools/list", "params": {"cursor": "\\ud800"}}')
    assert lines.told_error()["code"] == -32600
    assert "hello" in lines.tools()


def test_the_first_lines_may_be_nonsense(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, hands=False) as lines:
        lines.write(b"\xff\xfe")
        assert lines.told_error()["code"] == -32700
        lines.write(b"x" * (33 << 20))
        assert lines.told_error()["code"] == -32600
        lines.shake_hands()


def test_nothing_but_the_protocol_is_on_standard_output(scripts: Home) -> None:
    scripts.script(
        "loud", 'import sys\ndef main():\n    """Be loud."""\n    print("x" * 100); print("y", file=sys.stderr)\n'
    )
    with serving(scripts.environ, scripts.project, "-v", modern=True) as lines:
        assert "x" * 100 in text_of(lines.call("loud"))
        lines.call("pyst_run_code", code="import os; os.write(1, b'stray\\n')")
    assert lines.other == []


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_sdks_own_client_is_served(scripts: Home, mode: str) -> None:
    from mcp import StdioServerParameters
    from mcp.client import Client
    from mcp.client.stdio import stdio_client

    words = ["-P", "-m", "pyst", "mcp"]
    environ = {**scripts.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    parameters = StdioServerParameters(command=sys.executable, args=words, env=environ, cwd=str(scripts.project))

    async def talk() -> None:
        async with Client(stdio_client(parameters), mode=mode) as client:
            tools = await client.list_tools()
            assert "hello" in {each.name for each in tools.tools}
            result = await client.call_tool("math__pair", {"left": 1, "right": 2})
            assert result.structured_content["result"] == {"sum": 3}
            resources = await client.list_resources()
            assert "pyst://script/project/math/pair" in {each.uri for each in resources.resources}
            read = await client.read_resource("pyst://script/project/hello")
            assert read.contents[0].text == HELLO

    anyio.run(talk)


def test_without_the_sdk_the_extra_is_named(pyst: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] in ("mcp", "mcp_types"):
            raise ImportError(name, name=name)
        return real(name, *rest)

    for name in [each for each in sys.modules if each.startswith("pyst.agents.se")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse)
    ended = pyst("mcp")
    assert ended.code == 1
    assert "pyst-cli[mcp]" in ended.err
