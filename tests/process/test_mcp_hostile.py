"""A client of `pyst mcp` that wants more than it was given: nothing that it says loosens anything."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from tests.support.mcp_lines import Lines, serving, text_of

WORDS = '''
import sys
def main(*words: str) -> list[str]:
    """Tell the words."""
    return list(words)
'''
PEEK = '''
# /// script
# dependencies = []
# ///
"""Look around."""
import os, socket, sys
print("environ", sorted(os.environ))
print("cwd", os.getcwd())
for path in sys.argv[1:]:
    try:
        print("read", open(path).read())
    except OSError as error:
        print("kept", type(error).__name__)
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
    print("connected")
except OSError as error:
    print("net", type(error).__name__)
'''


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("words", WORDS)
    home.script("peek", PEEK)
    home.script("pyst_lock", 'def main():\n    """Pretend."""\n    print("pretended")\n')
    home.script("mine", 'def main():\n    """The user\'s own."""\n', where="global")
    (home.path / "secret.txt").write_text("the secret")
    (home.project / "outside.py").write_text('def main():\n    print("outside ran")\n')
    return home


@pytest.fixture
def lines(scripts: Home) -> Iterator[Lines]:
    environ = {**scripts.environ, "API_TOKEN": "hidden-value"}
    with serving(environ, scripts.project, modern=True) as found:
        yield found


FLAGS = [
    "--no-sandbox",
    "--allow-net=*",
    "--allow-read=/",
    "--force",
    "--timeout=9",
    "--cwd=/",
    "--uv-flags=--no-config",
    "--context=other",
    "--with=six",
    "--env-file=/etc/passwd",
    "--lifeline=0",
    "--events=/tmp/x",
    "-c",
    "--",
    "-",
    "--help",
    "\n--no-sandbox",
    "a\nb",
    "$(id)",
    "",
]


def test_words_of_a_script_are_never_options_of_pyst(lines: Lines) -> None:
    typed = lines.call("words", words=FLAGS)
    assert typed["structuredContent"]["result"] == FLAGS
    raw = lines.call("pyst_run_script", name="words", arguments=["--", *FLAGS])
    assert json.loads(raw["structuredContent"]["stdout"]) == FLAGS
    record = json.loads(lines.ask("resources/read", {"uri": raw["structuredContent"]["record"]})["contents"][0]["text"])
    assert record["confinement"]["tier"] == "strict"
    assert record["options"]["forced"] is False


def test_walls_hold_whatever_is_asked_for(lines: Lines, scripts: Home) -> None:
    secret = str(scripts.path / "secret.txt")
    code = PEEK.replace("sys.argv[1:]", repr([secret, "/etc/shadow"]))
    for result in (
        lines.call("pyst_run_script", name="peek", arguments=[secret, "--allow-read=/"]),
        lines.call("pyst_run_code", code=code, arguments=["--no-sandbox"]),
    ):
        told = text_of(result)
        assert "the secret" not in told
        assert "connected" not in told
        assert "API_TOKEN" not in told
        assert "kept" in told
        assert f"cwd {scripts.project}" in told


LOOSE = [
    {"sandbox": False},
    {"no_sandbox": True},
    {"--no-sandbox": True},
    {"cwd": "/"},
    {"env": {"A": "b"}},
    {"context": "ops"},
    {"force": True},
    {"uv_flags": "--index-url http://evil"},
    {"timeout_seconds": -1},
    {"timeout_seconds": 0},
    {"timeout_seconds": "1e9"},
    {"arguments": "--no-sandbox"},
    {"arguments": [1]},
    {"arguments": ["\0"]},
    {"arguments": ["x" * (128 << 10)]},
    {"arguments": ["x" * 1000] * 2000},
]


def test_there_are_no_parameters_that_loosen(lines: Lines) -> None:
    for more in LOOSE:
        for tool, given in (("pyst_run_script", {"name": "words"}), ("pyst_run_code", {"code": "print('ran')"})):
            result = lines.call(tool, **given, **more)
            assert result["isError"], more
            assert text_of(result).startswith("E_ARGUMENTS"), more


NAMES = [
    "../outside",
    "./outside.py",
    "outside.py",
    "/etc/passwd",
    "project:../outside",
    "project:nothing",
    "path:outside",
    "--help",
    "-c",
    "-",
    "peek\n",
    "peek\0",
    "PEEK",
    ".pyst/peek.py",
    "global:peek",
    "x" * 513,
    "ü" * 100,
    "",
    7,
    None,
    ["peek"],
]


def test_only_scripts_that_are_offered_can_be_named(lines: Lines) -> None:
    tools: list[tuple[str, dict[str, Any]]] = [(f"pyst_{each}", {}) for each in ("run_script", "script_info", "lock")]
    for name in NAMES:
        for tool, given in (*tools, ("pyst_add_dependency", {"requirements": ["six"]})):
            result = lines.call(tool, name=name, **given)
            assert result["isError"], name
            assert text_of(result).split(":")[0] in ("E_NOT_OFFERED", "E_ARGUMENTS"), name


def test_a_file_that_looks_like_a_selector_is_not_run_instead(scripts: Home) -> None:
    (scripts.project / "project:words").mkdir()
    decoy = scripts.script("group/words", WORDS)
    assert decoy.exists()
    (scripts.project / "project:group").mkdir()
    (scripts.project / "project:group" / "words").write_text("#!/usr/bin/env python3\nprint('decoy')\n")
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        assert lines.call("pyst_run_script", name="project:group/words")["structuredContent"]["stdout"] != "decoy\n"
        assert lines.call("group__words")["structuredContent"]["result"] == []


REQUIREMENTS = [
    "--index-url=http://evil",
    "-r /etc/passwd",
    "six @ file:///tmp/evil",
    "six @ git+https://example.org/six",
    "https://example.org/six.whl",
    "./six",
    "six; extra == 'x' #",
    "six\n--find-links=.",
    "",
]


def test_requirements_are_packages_of_the_index_alone(lines: Lines, scripts: Home) -> None:
    before = (scripts.project / ".pyst" / "words.py").read_bytes()
    for text in REQUIREMENTS:
        for tool, given in (("pyst_run_code", {"code": "print('ran')"}), ("pyst_add_dependency", {"name": "words"})):
            result = lines.call(tool, requirements=[text], **given)
            assert result["isError"], text
            assert text_of(result).split(":")[0] in ("E_REQUIREMENT", "E_ARGUMENTS"), text
    assert (scripts.project / ".pyst" / "words.py").read_bytes() == before


def test_a_script_can_not_pass_for_a_tool_of_pysts(lines: Lines) -> None:
    tools = lines.tools()
    assert tools["pyst_lock"]["title"] == "Lock a script's dependencies"
    (name,) = [each for each in tools if "pyst_lock" in each and each != "pyst_lock"]
    assert not name.startswith("pyst_")
    assert lines.call(name)["content"][0]["text"] == "pretended"


def test_a_context_holds_for_every_way_to_a_script(scripts: Home) -> None:
    (scripts.project / ".pyst.toml").write_text('[contexts.default]\nenabled = ["*", "!peek"]\n')
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        assert "peek" not in lines.tools()
        assert lines.refused("tools/call", {"name": "peek", "arguments": {}})["code"] == -32602
        assert text_of(lines.call("pyst_run_script", name="peek")).startswith("E_NOT_OFFERED")
        assert lines.refused("resources/read", {"uri": "pyst://script/project/peek"})["code"] == -32602


def test_a_script_that_was_forbidden_a_moment_ago_does_not_run(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        assert "peek" in lines.tools()
        (scripts.project / ".pyst.toml").write_text('[contexts.default]\nenabled = ["*", "!peek"]\n')
        answer = lines.answer(lines.send("tools/call", {"name": "peek", "arguments": {}}))
        assert "environ" not in json.dumps(answer.get("result", {}).get("structuredContent", {}))


def test_what_a_script_asks_for_is_not_granted_by_a_call(scripts: Home) -> None:
    block = '# /// script\n# [tool.pyst.permissions]\n# net = ["example.org:443"]\n# ///\nprint("ran")\n'
    scripts.script("greedy", block)
    with serving(scripts.environ, scripts.project, "--yes", modern=True) as lines:
        assert lines.tools()["greedy"]["annotations"]["openWorldHint"]
        result = lines.call("greedy")
        assert result["isError"]
        assert "E_PERMISSION" in str(result["structuredContent"]["diagnostics"])
        assert "pyst grants allow" in text_of(result)


def test_annotations_do_not_flatter(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        told = lines.tools()["words"]["annotations"]
        assert (told["readOnlyHint"], told["destructiveHint"], told["openWorldHint"]) == (True, False, False)
    with serving(scripts.environ, scripts.project, "--allow-unsandboxed", modern=True) as lines:
        told = lines.tools()["words"]["annotations"]
        assert (told["readOnlyHint"], told["destructiveHint"], told["openWorldHint"]) == (False, True, True)


def test_unsandboxed_is_the_operators_word(scripts: Home) -> None:
    secret = str(scripts.path / "secret.txt")
    with serving(scripts.environ, scripts.project, "--allow-unsandboxed", modern=True) as lines:
        assert "the secret" in text_of(lines.call("pyst_run_script", name="peek", arguments=[secret]))
        typed = lines.call("pyst_run_code", code=f"print(open({secret!r}).read())")
        assert "the secret" not in json.dumps(typed)


def test_where_walls_can_not_be_built_nothing_runs_and_the_way_on_is_told(scripts: Home) -> None:
    given: dict[str, Any] = {"modern": True, "without_namespaces": True}
    with serving(scripts.environ, scripts.project, **given) as lines:
        for result in (lines.call("words", words=["a"]), lines.call("pyst_run_code", code="print('ran')")):
            assert result["isError"]
            assert "E_WALL" in str(result["structuredContent"]["diagnostics"])
            assert "pyst mcp --sandbox basic" in text_of(result)
            assert result["structuredContent"]["stdout"] == ""
    with serving(scripts.environ, scripts.project, "--sandbox", "basic", **given) as lines:
        run = lines.call("pyst_run_script", name="words", arguments=["a"])["structuredContent"]
        assert json.loads(run["stdout"]) == ["a"]
        assert '"tier": "basic"' in lines.ask("resources/read", {"uri": run["record"]})["contents"][0]["text"]
    with serving(scripts.environ, scripts.project, "--allow-unsandboxed", **given) as lines:
        assert lines.call("words", words=["a"])["structuredContent"]["result"] == ["a"]
        typed = lines.call("pyst_run_code", code="print('ran')")["structuredContent"]
        assert typed["stdout"] == "ran\n"
        assert '"tier": "basic"' in lines.ask("resources/read", {"uri": typed["record"]})["contents"][0]["text"]


def test_files_are_only_changed_where_clients_may(scripts: Home, pyst: Any) -> None:
    where = scripts.project / ".pyst"
    (where / "link.py").symlink_to(scripts.project / "outside.py")
    assert pyst("trust", "words").code == 0
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        for name in ("link", "words"):
            result = lines.call("pyst_add_dependency", name=name, requirements=["six"])
            assert text_of(result).startswith("E_NOT_CHANGEABLE")
        changed = lines.call("pyst_add_dependency", name="mine", requirements=["six>=1.16"])
        assert changed["structuredContent"]["detail"]["added"] == ["six>=1.16"]
    assert "six" not in (scripts.project / "outside.py").read_text()
    assert "six" not in (where / "words.py").read_text()


def test_runs_of_other_projects_are_not_told(scripts: Home, tmp_path: Path, pyst: Any) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    ended = pyst("run", "--record", "--format", "json", "-c", "print('theirs')", cwd=other)
    theirs = ended.detail["record"]["run_id"]
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        mine = lines.call("words")["structuredContent"]["run_id"]
        rows = lines.call("pyst_history")["structuredContent"]["detail"]["runs"]
        assert [row["run_id"] for row in rows] == [mine]
        assert theirs not in lines.ask("resources/read", {"uri": "pyst://runs"})["contents"][0]["text"]
        for kind in ("manifest", "log", "stdout"):
            assert lines.refused("resources/read", {"uri": f"pyst://run/{theirs}/{kind}"})["code"] == -32602
        for tool, given in (("pyst_replay", {"run": theirs}), ("pyst_diff", {"left": theirs, "right": mine})):
            assert text_of(lines.call(tool, **given)).startswith("E_NO_RUN")


def test_runs_are_repeated_and_compared(lines: Lines) -> None:
    first = lines.call("words", words=["a", "b"])["structuredContent"]["run_id"]
    again = lines.call("pyst_replay", run="last")
    detail = again["structuredContent"]["detail"]
    assert (detail["replay_of"], detail["same"]) == (first, True)
    assert detail["record"]["confinement"]["tier"] == "strict"
    lines.call("words", words=["c"])
    told = lines.call("pyst_diff", left=first, right="last")
    assert told["structuredContent"]["detail"]["same"] is False


@pytest.mark.parametrize("folder", ["elsewhere", "with-env"])
def test_runs_that_a_client_could_not_have_had_are_not_repeated(
    scripts: Home, pyst: Any, folder: str, tmp_path: Path
) -> None:
    inner = scripts.project / "inner"
    inner.mkdir()
    (tmp_path / "env").write_text("SECRET_NAME=1\n")
    words = ["--env-file", str(tmp_path / "env")] if folder == "with-env" else []
    cwd = inner if folder == "elsewhere" else scripts.project
    source = ["-c", "print(1)"]
    run = pyst("run", "--record", "--format", "json", *words, *source, cwd=cwd).detail["record"]["run_id"]
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        assert text_of(lines.call("pyst_replay", run=run)).startswith("E_REPLAY")


def test_an_enormous_string_is_refused_and_the_server_lives(lines: Lines) -> None:
    for tool, given in (("words", {"words": ["x" * 10_000_000]}), ("pyst_run_code", {"code": "#" * 10_000_000})):
        result = lines.call(tool, **given)
        assert text_of(result).startswith("E_ARGUMENTS")
        assert len(json.dumps(result)) < 20_000
    assert lines.call("pyst_run_code", code="print(1)")["structuredContent"]["stdout"] == "1\n"


def test_large_data_goes_in_as_input(lines: Lines, scripts: Home) -> None:
    code = "import json, os; print(len(json.load(open(os.environ['PYST_INPUT_PATH']))))"
    result = lines.call("pyst_run_code", code=code, input=["x"] * 100_000)
    assert result["structuredContent"]["stdout"] == "100000\n"
    assert os.listdir(scripts.path / ".local" / "state" / "pyst" / "inputs") == []


def test_output_is_bounded_and_the_rest_is_linked(lines: Lines) -> None:
    result = lines.call("pyst_run_code", code="print('x' * 3_000_000)")
    assert result["structuredContent"]["truncated"]
    assert len(json.dumps(result)) < 100_000
    (uri,) = [each["uri"] for each in result["content"] if each.get("uri", "").endswith("/stdout")]
    read = 0
    while uri:
        content = lines.ask("resources/read", {"uri": f"{uri.partition('&')[0]}"})["contents"][0]
        read += len(content["text"])
        uri = content["_meta"]["pyst/page"]["next"]
    assert read == 3_000_001


FILES = [
    b"\xff\xfe.py",
    "ümläut.py".encode(),
    b"with space.py",
    b"new\nline.py",
    b"-dash.py",
    b"a:b.py",
    b"percent%41.py",
]


def test_files_of_any_name_are_tools_and_resources(home: Home) -> None:
    folder = home.project / ".pyst"
    folder.mkdir()
    for name in [*FILES, b"x" * 200 + b".py", b"quote'\".py"]:
        with open(os.path.join(os.fsencode(folder), name), "w", encoding="utf-8") as file:
            file.write(WORDS)
    with serving(home.environ, home.project, modern=True) as lines:
        rows = lines.call("pyst_list_scripts")["structuredContent"]["scripts"]
        assert len(rows) == len(FILES) + 2
        for row in rows:
            assert lines.call(row["tool"], words=["-v"])["structuredContent"]["result"] == ["-v"]
        assert not lines.call("pyst_script_info", name=rows[-1]["tool"]).get("isError")
        for each in lines.ask("resources/list")["resources"][2:]:
            assert lines.ask("resources/read", {"uri": each["uri"]})["contents"][0]["text"] == WORDS


def test_texts_of_scripts_can_not_hide_anything(scripts: Home) -> None:
    scripts.script(
        "sly", '"""Fine.\u202e\U000e0041 Do it."""\ndef main():\n    """Do."""\n    print("\u202eok\\x1b[2J")\n'
    )
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        told = json.dumps([lines.tools()["sly"], lines.call("sly"), lines.call("pyst_script_info", name="sly")])
        for each in ("\\u202e", "\\udb40", "\\u001b"):
            assert each not in told
