"""`pyst replay`: the same bytes by the same way, with the rules of now; and what is not as it was."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended, Home, Pyst
from tests.support.recorded import a_record, put_record

DOUBLE = """import json, os, sys
data = json.load(open(os.environ["PYST_INPUT_PATH"]))
with open(os.path.join(os.environ["PYST_OUTPUT_DIR"], "out.json"), "w") as file:
    json.dump({"n": data["n"] * 2, "words": sys.argv[1:], "name": os.path.basename(__file__)}, file)
print("did", data["n"])
sys.exit(data.get("exit", 0))
"""


@pytest.fixture
def script(home: Home) -> Path:
    (home.project / "in.json").write_text('{"n": 2}')
    return home.script("double", DOUBLE)


def recorded(pyst: Pyst, *words: str) -> str:
    """Record a run of `double`; gives its id."""
    ended = pyst("run", "--format", "json", "--input-path", "in.json", *words, "double", "a b")
    run_id: str = ended.detail["record"]["run_id"]
    return run_id


def aspects(ended: Ended) -> dict[str, Any]:
    return {each["name"]: (each["left"], each["right"]) for each in ended.detail["aspects"]}


def changed(ended: Ended) -> dict[str, list[str]]:
    return {
        pair["name"]: [each["path"] for each in pair["differences"]]
        for pair in ended.detail["pairs"]
        if pair["status"] != "same"
    }


def code_of(ended: Ended) -> tuple[int, str]:
    return ended.code, ended.json["diagnostics"][0]["code"]


def test_nothing_changed(pyst: Pyst, script: Path) -> None:
    run_id = recorded(pyst)
    before = sorted((script.parents[1] / "temp").rglob("*"))
    ended = pyst("replay", run_id, "--format", "json")
    assert (ended.code, ended.detail["same"], aspects(ended)) == (0, True, {})
    assert [(each["name"], each["identical"]) for each in ended.detail["pairs"]] == [
        ("stdout", True),
        ("out.json", True),
    ]
    assert ended.detail["record"]["replay_of"] == run_id
    assert sorted((script.parents[1] / "temp").rglob("*")) == before
    person = pyst("replay", "last")
    assert person.code == 0
    assert person.out.splitlines()[-1] == "the same outputs and exit code"


def test_recorded_bytes_run_where_the_script_and_the_input_have_changed(pyst: Pyst, script: Path, home: Home) -> None:
    run_id = recorded(pyst)
    script.write_text(DOUBLE.replace("* 2", "* 3"))
    (home.project / "in.json").write_text('{"n": 50}')
    ended = pyst("replay", run_id, "--format", "json")
    assert (ended.code, aspects(ended)) == (0, {})
    script.unlink()
    (home.project / "in.json").unlink()
    ended = pyst("replay", run_id, "--format", "json")
    assert (ended.code, aspects(ended)) == (0, {})
    assert ended.detail["record"]["script"]["path"] == str(script)


def test_the_current_script_is_compared(pyst: Pyst, script: Path) -> None:
    run_id = recorded(pyst)
    script.write_text(DOUBLE.replace("* 2", "* 3"))
    ended = pyst("replay", run_id, "--current", "--format", "json")
    assert ended.code == 1
    assert list(aspects(ended)) == ["code"]
    assert changed(ended) == {"out.json": ["/n"]}
    assert pyst("replay", run_id, "--current", "--ignore", "/n").code == 0
    assert pyst("replay", run_id, "--current", "--abs-tol", "2").code == 0
    script.unlink()
    assert pyst("replay", run_id, "--current").code == 127


def test_a_failure_that_comes_again_is_the_same(pyst: Pyst, script: Path, home: Home) -> None:
    (home.project / "in.json").write_text('{"n": 2, "exit": 3}')
    run_id = recorded(pyst)
    assert pyst("replay", run_id).code == 0
    script.write_text(DOUBLE.replace("sys.exit(", "sys.exit(1 + "))
    ended = pyst("replay", run_id, "--current", "--format", "json")
    assert (ended.code, aspects(ended)["exit_code"], changed(ended)) == (1, (3, 4), {})


def test_other_variables_and_another_interpreter_are_told_by_name(pyst: Pyst, script: Path) -> None:
    run_id = recorded(pyst)
    ended = pyst("replay", run_id, "--format", "json", NEW_ONE="value-of-it")
    assert (ended.code, aspects(ended)) == (0, {"variables": ([], ["NEW_ONE"])})
    assert "value-of-it" not in ended.out


def test_typed_code_runs_again(pyst: Pyst, home: Home) -> None:
    assert pyst("run", "--record", "-c", "import sys; print('typed', sys.argv)", "x").code == 0
    assert pyst("replay", "last").code == 0
    assert pyst("run", "--record", "-", "y", stdin="print('piped')").code == 0
    assert pyst("replay", "last").code == 0
    assert code_of(pyst("replay", "last", "--current", "--format", "json")) == (64, "E_USAGE")


def test_a_script_with_a_main_and_options(pyst: Pyst, home: Home) -> None:
    home.script("called", 'import os\n\n\nasync def main(n: int = 1):\n    print(n, os.environ["WORD"])\n')
    (home.project / "words.env").write_text("WORD=there\n")
    ended = pyst("run", "--record", "--env-file", "words.env", "--timeout", "50", "called", "--n", "4")
    assert ended.code == 0
    ended = pyst("replay", "last", "--format", "json")
    assert (ended.code, aspects(ended)) == (0, {})
    assert ended.detail["record"]["options"]["timeout_seconds"] == 50
    (home.project / "words.env").unlink()
    assert "words.env` is gone" in pyst("replay", "last").err


@pytest.mark.parametrize("what", ["script", "input"])
def test_what_is_gone_is_told_before_anything_runs(pyst: Pyst, script: Path, home: Home, what: str) -> None:
    run_id = recorded(pyst)
    script.write_text("changed")
    (home.project / "in.json").write_text("[]")
    record = pyst("show", run_id, "--format", "json").detail["record"]
    sha256 = record[what]["sha256"]
    path = home.path / ".local" / "state" / "pyst" / "objects" / sha256[:2] / sha256
    content = path.read_bytes()
    for spoiled in (content[:-1], content[:-1] + b"!", None):
        path.unlink()
        if spoiled is not None:
            path.write_bytes(spoiled)
        ended = pyst("replay", run_id, "--format", "json")
        assert code_of(ended) == (1, "E_REPLAY")
        assert what in ended.json["diagnostics"][0]["message"]
    assert len(pyst("history", "--format", "json").detail["runs"]) == 1


def test_masked_arguments_are_no_arguments(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print('hello')\n")
    assert pyst("run", "--record", "hello", "--token", "hunter2-hunter2").code == 0
    ended = pyst("replay", "last", "--format", "json")
    assert code_of(ended) == (1, "E_REPLAY")
    assert "masked" in ended.json["diagnostics"][0]["message"]
    assert "hunter2" not in ended.out


def test_a_run_that_never_began_or_has_not_ended(pyst: Pyst, home: Home) -> None:
    state = home.path / ".local" / "state" / "pyst"
    process = {"pid": os.getpid(), "started": None}
    put_record(state, a_record(1, cwd=""))
    assert "never started" in pyst("replay", "last").err
    put_record(state, a_record(2, status="running", process=process))
    assert "has not ended" in pyst("replay", "last").err
    shutil.rmtree(state)
    assert "no run was recorded" in pyst("replay", "last").err


def test_the_context_of_now_is_enforced(pyst: Pyst, script: Path, home: Home) -> None:
    run_id = recorded(pyst)
    (home.path / ".config" / "pyst").mkdir(parents=True)
    settings = home.path / ".config" / "pyst" / "pyst.toml"
    settings.write_text('[contexts.default]\nenabled = ["*", "!double"]\n[contexts.open]\nenabled = ["*"]\n')
    assert code_of(pyst("replay", run_id, "--format", "json")) == (101, "E_BLOCKED")
    script.write_text("changed")
    assert code_of(pyst("replay", run_id, "--format", "json")) == (101, "E_BLOCKED")
    script.unlink()
    assert code_of(pyst("replay", run_id, "--format", "json")) == (101, "E_BLOCKED")
    assert pyst("replay", run_id, "--context", "open").code == 0
    forced = pyst("replay", run_id, "--force", "--format", "json")
    assert forced.detail["record"]["options"]["forced"] is True
    settings.write_text('[contexts.default]\nenabled = ["*"]\n[contexts.open]\nenabled = []\n')
    ended = pyst("replay", forced.detail["run_id"], "--format", "json")
    assert ended.detail["record"]["options"]["forced"] is False  # force is given, not replayed
    assert code_of(pyst("replay", run_id, "--context", "open", "--format", "json")) == (101, "E_BLOCKED")


def test_trust_is_that_of_now(pyst: Pyst, home: Home) -> None:
    """What builds foreign code needs trust in exactly the recorded bytes."""
    (home.project / "lib").mkdir()
    block = '# /// script\n# dependencies = ["thing @ file://%s"]\n# ///\nprint("ran")\n'
    script = home.script("builds", block % (home.project / "lib"))
    data = script.read_bytes()
    state = home.path / ".local" / "state" / "pyst"
    from pyst.records.objects import keep

    sha256 = keep(str(state), data)
    program = {"name": "builds", "selector": "project:builds", "origin": "project", "path": str(script)}
    program |= {"sha256": sha256, "bytes": len(data)}  # type: ignore[dict-item]
    put_record(state, a_record(1, script=program, cwd=str(home.project)))
    assert code_of(pyst("replay", "last", "--format", "json")) == (101, "E_UNTRUSTED_SOURCE")
    script.write_text("print('other')\n")
    assert pyst("trust", "builds").code == 0  # of what lies there now, not of what was recorded
    assert code_of(pyst("replay", "last", "--format", "json")) == (101, "E_UNTRUSTED_SOURCE")


CONFINED = """import os, sys
for path in sys.argv[1:]:
    try:
        print(open(path).read())
    except OSError as error:
        print(type(error).__name__)
"""


def test_a_confined_run_stays_confined(pyst: Pyst, home: Home) -> None:
    home.script("look", CONFINED)
    for name in ("one", "two"):
        folder = home.path / name
        folder.mkdir()
        (folder / "file").write_text(name)
    paths = [str(home.path / name / "file") for name in ("one", "two")]
    allow = f"--allow-read={home.path / 'one'}"
    first = pyst("run", "--format", "json", "--record", "--sandbox", allow, "look", *paths)
    assert first.detail["outcome"]["stdout"]["text"].splitlines() == ["one", "FileNotFoundError"]
    run_id = first.detail["record"]["run_id"]
    ended = pyst("replay", run_id, "--format", "json")
    assert code_of(ended) == (101, "E_PERMISSION")
    assert str(home.path / "one") in ended.json["diagnostics"][0]["hint"]
    for words in ([allow], ["--same-permissions"], [f"--allow-read={home.path}"]):
        ended = pyst("replay", run_id, *words, "--format", "json")
        assert (ended.code, changed(ended)) == (0, {}), words
        assert ended.detail["record"]["confinement"]["tier"] == "strict"
    elsewhere = pyst("replay", run_id, "--allow-read=one", "--format", "json", cwd=home.path)
    assert (elsewhere.code, changed(elsewhere)) == (0, {})
    assert code_of(pyst("replay", run_id, "--no-sandbox", "--format", "json")) == (64, "E_USAGE")
    ended = pyst("replay", run_id, "--sandbox=basic", "--same-permissions", "--format", "json")
    assert ended.detail["record"]["confinement"]["tier"] == "strict"
    denied = pyst("replay", run_id, "--same-permissions", f"--deny-read={home.path / 'one'}", "--format", "json")
    assert code_of(denied) == (101, "E_PERMISSION")


def test_a_free_run_can_be_confined_now(pyst: Pyst, home: Home) -> None:
    home.script("look", CONFINED)
    (home.path / "file").write_text("x")
    assert pyst("run", "--record", "look", str(home.path / "file")).code == 0
    ended = pyst("replay", "last", "--sandbox", "--format", "json")
    assert (ended.code, aspects(ended)["confinement"]) == (1, (None, "strict"))
    assert list(changed(ended)) == ["stdout"]


def test_a_record_that_was_spoiled_is_no_way_in(pyst: Pyst, script: Path, home: Home) -> None:
    """The user's own state is not written by strangers; but what is spoiled there must not become a crash."""
    run_id = recorded(pyst)
    path = next((home.path / ".local" / "state" / "pyst" / "runs").rglob("*.json"))
    sound = json.loads(path.read_text())
    for change in (
        {"argv": ["a\0b"]},
        {"cwd": "/\0"},
        {"script": {**sound["script"], "path": "relative.py"}},
        {"options": {**sound["options"], "python": "no\0python"}},
        {"options": {**sound["options"], "with": ["not a requirement!"]}},
        {"options": {**sound["options"], "timeout_seconds": -5}},
        {"confinement": {"tier": "?", "layers": [], "not_stopped": [], "walls": {"read": 5, "net": [], "bounds": 7}}},
    ):
        path.write_text(json.dumps({**sound, **change}))
        ended = pyst("replay", run_id, "--format", "json")
        assert ended.json["diagnostics"] == [] or ended.json["diagnostics"][0]["code"] != "E_INTERNAL", ended
