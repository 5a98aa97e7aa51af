"""`pyst create` in one process, with a model on loopback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyst.errors import ExitCode
from tests.conftest import Ended, Home, Pyst
from tests.support.model_scripts import BIDI, CODE, SPOILT, script
from tests.support.model_server import ModelServer, answer, error, words_of

MODEL = ("--model", "openai-chat:gpt-5")


@pytest.fixture
def scripts(home: Home) -> Path:
    return home.path / ".local" / "share" / "pyst" / "scripts"


def create(pyst: Pyst, server: ModelServer, *words: str, **environ: str) -> Ended:
    return pyst("create", *MODEL, *words, **{**server.environ, **environ})


def test_a_script_is_written_and_saved(pyst: Pyst, server: ModelServer, scripts: Path) -> None:
    server.says(script())
    done = create(pyst, server, "names", "print", "names with {{prefix}}", "--yes", "--format", "json")
    assert (done.code, done.err) == (0, "")
    detail = done.detail
    assert (detail["action"], detail["model"], detail["versions"]) == ("created", "openai-chat:gpt-5", 1)
    assert detail["usage"]["input_tokens"] == 1000
    assert [each["name"] for each in detail["parameters"]] == ["prefix", "count"]
    saved = (scripts / "names.py").read_text()
    assert saved.endswith(CODE)
    assert '# sandbox = "strict"' in saved
    assert "print names with `prefix`" in words_of(server.asked[0])
    shown = pyst("info", "names", "--format", "json").detail
    assert shown["interface"]["summary"] == "Print the names of files with a prefix before them."


def test_what_it_made_runs_within_walls(pyst: Pyst, server: ModelServer) -> None:
    server.says(script())
    assert create(pyst, server, "names", "names with {{prefix}}", "--yes").code == 0
    plan = pyst("run", "--dry-run", "--format", "json", "names", "prefix=gist").detail
    assert plan["permissions"]["mode"] == "strict"
    assert plan["plan"]["walls"]["net"]["mode"] == "off"
    done = pyst("run", "--no-sandbox", "names", "prefix=gist")
    assert (done.code, done.out) == (0, "gist-0\ngist-1\n")


def test_the_network_is_denied_until_it_is_granted(pyst: Pyst, server: ModelServer) -> None:
    server.says(script(permissions={"net": ["example.org:443"], "read": ["notes.txt"]}))
    done = create(pyst, server, "names", "fetch", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["code"] == "I_NOT_GRANTED_YET"
    assert not done.detail["granted"]
    refused = pyst("run", "--format", "json", "names", "prefix=x")
    assert (refused.code, refused.json["diagnostics"][0]["code"]) == (ExitCode.BLOCKED, "E_PERMISSION")
    assert "example.org:443" in refused.json["diagnostics"][0]["message"]


@pytest.mark.parametrize("name", SPOILT)
def test_what_does_not_pass_goes_back_and_is_not_saved(
    pyst: Pyst, server: ModelServer, scripts: Path, name: str
) -> None:
    spoilt, told = SPOILT[name]
    server.says(spoilt)
    done = create(pyst, server, "names", "names", "--yes", "--format", "json", PYST_CREATE_RETRIES="1")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_DRAFT"), done.out
    assert told in done.json["diagnostics"][0]["message"]
    assert len(server.asked) == 2
    assert told.partition("+")[0] in words_of(server.asked[1])
    assert not scripts.exists() or os.listdir(scripts) == []
    done.out.encode()
    server.says(spoilt, script())
    assert create(pyst, server, "names", "names", "--yes").code == 0
    assert (scripts / "names.py").read_text().endswith(CODE)


def test_what_is_no_text_is_not_taken(pyst: Pyst, server: ModelServer, scripts: Path) -> None:
    server.says(script(CODE.replace("names.", "na\ud800mes.")))
    done = create(pyst, server, "names", "names", "--yes", "--format", "json", PYST_CREATE_RETRIES="1")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_MODEL_ANSWER")
    assert not scripts.exists()


def test_nothing_hostile_reaches_the_terminal(pyst: Pyst, server: ModelServer) -> None:
    server.says(script(BIDI + "\x1b[2J", summary="\x1b]0;owned\x07\u202e"))
    done = create(pyst, server, "names", "names", "--yes", "--preview", PYST_CREATE_RETRIES="0")
    assert done.code == ExitCode.ERROR
    said = done.out + done.err
    assert not set("\x1b\x07\u202e") & set(said)
    assert "\\x1b[2J" in said


def test_a_preview_without_a_terminal_is_shown(pyst: Pyst, server: ModelServer) -> None:
    server.says(script())
    done = create(pyst, server, "names", "names", "--yes", "--preview")
    assert done.code == 0
    assert "def main(prefix: str" in done.err
    assert "about $0." in done.err


def test_quiet_is_quiet(pyst: Pyst, server: ModelServer) -> None:
    server.says(script())
    done = create(pyst, server, "names", "names", "--yes", "--preview", "--local", "-q")
    assert (done.code, done.err) == (0, "")


def test_without_a_terminal_it_needs_a_yes(pyst: Pyst, server: ModelServer, scripts: Path) -> None:
    done = create(pyst, server, "names", "names", "--preview", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.USAGE, "E_CONFIRM")
    assert server.asked == []
    assert not scripts.exists()


@pytest.mark.parametrize("where", ["global", "project"])
def test_nothing_is_overwritten(pyst: Pyst, server: ModelServer, home: Home, where: str) -> None:
    path = home.script("names", "print('mine')\n", where=where)
    words = ("--project",) if where == "project" else ()
    done = create(pyst, server, "names", "names", "--yes", *words, "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_EXISTS")
    assert server.asked == []
    assert path.read_text() == "print('mine')\n"


def test_what_came_meanwhile_stays(pyst: Pyst, server: ModelServer, home: Home, scripts: Path) -> None:
    def arrives(talk: object) -> None:
        home.script("names", "print('mine')\n", where="global")
        answer(script())(talk)  # type: ignore[arg-type]

    server.says(arrives)
    done = create(pyst, server, "names", "names", "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_EXISTS")
    assert [path.name for path in scripts.iterdir()] == ["names.py"]
    assert (scripts / "names.py").read_text() == "print('mine')\n"


def test_a_name_that_means_another_script_is_told_with_its_origin(pyst: Pyst, server: ModelServer, home: Home) -> None:
    home.script("names", "print('the project's')\n")
    server.says(script())
    done = create(pyst, server, "names", "names", "--yes")
    assert (done.code, "pyst run global:names prefix=" in done.out) == (0, True)


def test_into_the_first_folder_that_is_searched(pyst: Pyst, server: ModelServer, home: Home) -> None:
    server.says(script())
    folder = home.path / "tools"
    done = create(pyst, server, "names", "names", "--yes", PYST_GLOBAL_SCRIPT_DIRS=str(folder))
    assert (done.code, (folder / "names.py").exists()) == (0, True)


def test_into_the_project(pyst: Pyst, server: ModelServer, home: Home) -> None:
    server.says(script())
    assert create(pyst, server, "names", "names", "--yes", "--project").code == 0
    assert (home.project / ".pyst" / "names.py").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "con", "x.py", ".x", "a\u202eb", "", "pyst"])
def test_a_name_that_is_none(pyst: Pyst, server: ModelServer, name: str) -> None:
    done = create(pyst, server, name, "names", "--yes", "--format", "json")
    told = done.json["diagnostics"][0]
    assert (done.code, told["code"]) == (ExitCode.USAGE, "E_NAME")
    assert "--as" not in told["hint"]
    fitting = {"../x": "x", "a/b": "b", "x.py": "x", ".x": "x", "a\u202eb": "a-b"}.get(name)
    assert (f"`{fitting}` would do" if fitting else "choose another one") in told["hint"]
    assert ("with `--project`" in told["hint"]) == (name in ("../x", "a/b", "x.py"))
    assert server.asked == []


def test_a_twin_of_a_name(pyst: Pyst, server: ModelServer, home: Home) -> None:
    home.script("Names", "print(1)\n", where="global")
    done = create(pyst, server, "names", "names", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["hint"] == "choose another one"
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_NAME_TWIN")


@pytest.mark.parametrize(
    ("prompt", "code"),
    [("  ", "E_PROMPT"), ("x" * 100_001, "E_PROMPT"), ("{{class}}", "E_PLACEHOLDER"), ("\udcff", "E_PROMPT")],
)
def test_a_prompt_that_can_not_be_asked(pyst: Pyst, server: ModelServer, prompt: str, code: str) -> None:
    done = create(pyst, server, "names", prompt, "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.USAGE, code)


def test_a_secret_in_the_prompt_is_not_sent(pyst: Pyst, server: ModelServer) -> None:
    done = create(pyst, server, "names", f"log in with {CANARY}", "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_SECRET")
    assert server.asked == []
    assert CANARY not in done.out + done.err


def test_placeholders_must_become_parameters(pyst: Pyst, server: ModelServer) -> None:
    server.says(script(), script(CODE.replace("count: int = 2", "count: int = 2, loud: bool = False")))
    done = create(pyst, server, "names", "{{prefix}} {{loud:bool=no}} {{count:int=2}}", "--yes", "--format", "json")
    assert done.code == 0
    assert "the parameter `loud`" in words_of(server.asked[1])
    assert [each["name"] for each in done.detail["parameters"]] == ["prefix", "count", "loud"]


CANARY = "sk-canary-0123456789abcdef"


@pytest.mark.parametrize("debug", [(), ("--debug",), ("-vv",)])
def test_the_key_is_told_nowhere(pyst: Pyst, server: ModelServer, home: Home, debug: tuple[str, ...]) -> None:
    """Neither where all went well, nor where the server repeats it, nor where the model writes it into the script."""
    said = ""
    for reply in (script(), error(401, f"wrong key {CANARY}"), error(400, CANARY), script(CODE + f"# {CANARY}\n")):
        server.says(reply)
        done = create(pyst, server, f"names{len(said)}", "names", "--yes", "--preview", "--events", "events", *debug)
        said += done.out + done.err + str(done.code)
    assert CANARY not in said
    assert server.server.talks[0].header("authorization") == f"Bearer {CANARY}"
    for path in (*home.path.rglob("*"), *home.project.rglob("*")):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


def test_a_project_chooses_neither_model_nor_bounds(pyst: Pyst, server: ModelServer, home: Home) -> None:
    (home.project / ".pyst.toml").write_text('[create]\nmodel = "openai-chat:evil"\nretries = 9\ntimeout_seconds = 9\n')
    done = pyst("create", "names", "names", "--yes", "--format", "json", **server.environ)
    assert done.json["diagnostics"][0]["code"] == "E_MODEL_NONE"
    assert server.asked == []
    server.says(script("nothing"))
    create(pyst, server, "names", "names", "--yes")
    assert len(server.asked) == 4
    assert server.asked[0]["model"] == "gpt-5"


def test_offline_nothing_is_asked(pyst: Pyst, server: ModelServer) -> None:
    done = create(pyst, server, "names", "names", "--yes", "--offline", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.NEEDS_NETWORK, "E_OFFLINE")
    assert server.asked == []
