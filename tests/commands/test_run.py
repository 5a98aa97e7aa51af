"""`pyst run`, from the word to the process."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from tests.conftest import Home, Pyst

SHOW = "import json, os, sys\nprint(json.dumps({'argv': sys.argv[1:], 'cwd': os.getcwd()}))\n"


def test_a_plain_script_gets_its_words_byte_for_byte(pyst: Pyst, home: Home) -> None:
    home.script("show", SHOW)
    words = ["--help", "-c", "--", "--format", "json", "", "a b", "--timeout", "-"]
    ended = pyst("run", "show", *words)
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["argv"] == words
    assert json.loads(pyst("run", "show", "--", "--", "x").out)["argv"] == ["--", "x"]


def test_the_exit_code_is_the_scripts(pyst: Pyst, home: Home) -> None:
    home.script("leave", "import sys\nsys.exit(int(sys.argv[1]))\n")
    for code in (0, 1, 2, 42, 101, 255):
        assert pyst("run", "leave", str(code)).code == code
        assert pyst("run", "--timeout", "60", "leave", str(code)).code == code


def test_a_function_script_is_called(pyst: Pyst, home: Home) -> None:
    home.script("add", "def main(a: int, b: int = 2) -> None:\n    print(a + b)\n")
    assert pyst("run", "add", "40").out == "42\n"
    assert pyst("run", "add", "1", "--b", "5").out == "6\n"
    wrong = pyst("run", "add", "x")
    assert wrong.code == 64
    assert "`x`" in wrong.err


def test_code_comes_from_the_command_line_standard_input_and_base64(pyst: Pyst) -> None:
    assert pyst("run", "-c", "import sys; print(sys.argv)", "a", "-b").out == "['-c', 'a', '-b']\n"
    assert pyst("run", "-", "a", stdin="import sys; print(sys.argv)").out == "['-', 'a']\n"
    coded = base64.b64encode("print('grüß')".encode()).decode()
    assert pyst("run", "--base64", coded, PYTHONUTF8="1").out == "grüß\n"
    long = "x = '" + "y" * 200_000 + "'\nprint(len(x))"
    assert pyst("run", "--base64", base64.b64encode(long.encode()).decode()).out == "200000\n"
    assert pyst("run", "-", stdin="def main(n: int):\n    print(n * 2)\n").code == 64
    assert pyst("run", "-", "21", stdin="def main(n: int):\n    print(n * 2)\n").out == "42\n"


def test_await_outside_functions_with_async(pyst: Pyst, home: Home) -> None:
    code = "import asyncio\nawait asyncio.sleep(0)\nprint('waited')\n"
    assert pyst("run", "--async", "-c", code).out == "waited\n"
    home.script("waits", code)
    assert pyst("run", "--async", "waits").out == "waited\n"
    assert pyst("run", "waits").code == 1
    home.script("both", "import asyncio\nawait asyncio.sleep(0)\ndef main(n: int):\n    print(n + 1)\n")
    assert pyst("run", "--async", "both", "41").out == "42\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run"], 64, "name one script"),
        (["run", "--base64", "?"], 64, "not Base64"),
        (["run", "--timeout", "soon", "x"], 64, "`--timeout soon`"),
        (["run", "--timeout", "0", "x"], 64, "`--timeout 0`"),
        (["run", "--timeout", "nan", "x"], 64, "`--timeout nan`"),
        (["run", "--env-file", "nowhere.env", "-c", "1"], 64, "nowhere.env"),
        (["run", "--cwd", "nowhere", "-c", "1"], 126, "nowhere"),
        (["run", "nope"], 127, "`nope`"),
        (["run", "./nope.py"], 127, "`./nope.py`"),
        (["run", ".git"], 127, "`.git`"),
        (["run", "--context", "nope", "show"], 64, "`nope`"),
        (["run", "--python", "2.0", "show"], 126, "2.0"),
    ],
)
def test_bad_input_is_told_clearly(pyst: Pyst, home: Home, words: list[str], code: int, message: str) -> None:
    home.script("show", SHOW)
    ended = pyst(*words)
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert (ended.code, ended.out) == (code, "")


def test_where_a_script_starts(pyst: Pyst, home: Home) -> None:
    home.script("show", SHOW)
    home.script("sub/other.py", SHOW, where="path")
    home.script("everywhere", SHOW, where="global")
    deep = home.project / "a" / "b"
    deep.mkdir(parents=True)

    def started(*words: str) -> str:
        folder: str = json.loads(pyst("run", *words, cwd=deep).out)["cwd"]
        return folder

    assert started("show") == str(home.project)
    assert started("everywhere") == str(deep)
    assert started("../../sub/other.py") == str(deep)
    assert started("--cwd", "current", "show") == str(deep)
    assert started("--cwd", "script", "show") == str(home.project / ".pyst")
    assert started("--cwd", "..", "show") == str(home.project / "a")


def test_env_files_add_variables_and_override_none(pyst: Pyst, home: Home) -> None:
    one, two = home.project / "one.env", home.project / "two.env"
    one.write_text("A=1\nB='from one'\nHOME=/wrong\n# comment\nexport C=${A}2\n")
    two.write_text("B=two\n")
    user = home.path / ".config" / "pyst" / ".env"
    user.parent.mkdir(parents=True)
    user.write_text("A=user\nD=user\n")
    code = "import os; print([os.environ.get(x) for x in ('A', 'B', 'C', 'D', 'HOME')])"
    ended = pyst("run", "--env-file", "one.env", "--env-file", "two.env", "-c", code)
    assert ended.out == str(["1", "two", "12", "user", str(home.path)]) + "\n"
    one.write_text("A=1\nthis is nothing\n")
    broken = pyst("run", "--env-file", "one.env", "-c", "1")
    assert (broken.code, f"{one}:2" in broken.err) == (1, True), broken.err


def test_a_dry_run_prints_the_plan_and_builds_nothing(pyst: Pyst, home: Home) -> None:
    home.script("needs", "# /// script\n# dependencies = ['six']\n# ///\nimport six\n")
    detail = pyst("run", "--dry-run", "--format", "json", "needs", "x", API_TOKEN="hunter2hunter2").detail
    plan = detail["plan"]
    assert plan["argv"][1:] == [str(home.project / ".pyst" / "needs.py"), "x"]
    assert plan["cwd"] == str(home.project)
    assert plan["argv"][0].startswith(plan["environment"])
    assert not os.path.exists(plan["environment"])
    secret = pyst("run", "--dry-run", "needs", "--token", "hunter2hunter2", API_TOKEN="hunter2hunter2")
    assert "hunter2" not in secret.out
    assert "not built yet" in secret.out


def test_json_holds_what_the_script_printed(pyst: Pyst, home: Home) -> None:
    home.script("talk", "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)\n")
    ended = pyst("run", "--format", "json", "talk")
    assert ended.code == 3
    body = ended.json
    assert (body["status"], body["exit_code"], body["detail"]["outcome"]["exit_code"]) == ("ok", 3, 3)
    assert body["detail"]["outcome"]["stdout"]["text"] == "out\n"
    assert body["detail"]["outcome"]["stderr"]["text"] == "err\n"
    assert [each["type"] for each in body["events"]] == ["script_started", "script_ended"]
    home.script("much", "print('x' * 500_000)\n")
    stream = pyst("run", "--format", "json", "much").detail["outcome"]["stdout"]
    assert (stream["bytes"], stream["truncated"], stream["lost_bytes"]) == (500_001, True, 0)
    assert Path(stream["path"]).read_bytes() == b"x" * 500_000 + b"\n"


def test_a_run_past_its_time_is_ended(pyst: Pyst, home: Home) -> None:
    home.script("forever", "while True: pass\n")
    ended = pyst("run", "--timeout", "0.5", "--format", "json", "forever")
    assert ended.code == 124
    assert ended.json["status"] == "error"
    assert ended.json["diagnostics"][0]["code"] == "E_TIMEOUT"
    assert ended.detail["outcome"]["timed_out"]


def test_a_blocked_script_does_not_run_unless_forced(pyst: Pyst, home: Home) -> None:
    home.script("db-drop", "print('dropped')\n")
    settings = home.path / ".config" / "pyst" / "pyst.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[contexts.default]\nenabled = [\n  "*",\n  "!db-*",\n]\n')
    ended = pyst("run", "db-drop")
    assert (ended.code, ended.out) == (101, "")
    assert "`!db-*`" in ended.err
    assert f"{settings}:4" in ended.err
    by_path = pyst("run", str(home.project / ".pyst" / "db-drop.py"))
    assert by_path.code == 101
    assert pyst("run", "--dry-run", "--format", "json", "db-drop").detail["allowed"] is False
    forced = pyst("run", "--force", "db-drop")
    assert (forced.code, forced.out) == (0, "dropped\n")
    record = json.loads((home.path / ".local" / "state" / "pyst" / "forced.jsonl").read_text())
    assert (record["rule"], record["script"]) == ("!db-*", str(home.project / ".pyst" / "db-drop.py"))


def test_the_trace_reaches_the_script(pyst: Pyst, home: Home) -> None:
    code = "import os; print(os.environ.get('TRACEPARENT'))"
    assert pyst("run", "-c", code).out == "None\n"
    body = pyst("run", "--format", "json", "-c", code, PYST_TRACE="1").json
    assert len(body["trace_id"]) == 32
    assert body["detail"]["outcome"]["stdout"]["text"].split("-")[1] == body["trace_id"]
    given = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
    assert pyst("run", "--format", "json", "-c", "1", PYST_TRACE="1", TRACEPARENT=given).json["trace_id"] == "ab" * 16


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_script_that_cannot_be_read(pyst: Pyst, home: Home) -> None:
    home.script("secret", "1").chmod(0)
    assert pyst("run", "secret").code == 126


def test_a_script_that_no_rule_allows_is_told_where_the_rules_stand(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print('ran')\n")
    settings = home.path / ".config" / "pyst" / "pyst.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[contexts.default]\nenabled = ['other']\n")
    ended = pyst("run", "hello")
    assert ended.code == 101
    assert f"{settings}:2" in ended.err, ended.err


@pytest.mark.uv
def test_building_an_environment_is_an_event(pyst: Pyst, home: Home) -> None:
    home.script("needs", "# /// script\n# dependencies = ['six']\n# ///\nimport six\nprint(six.__name__)\n")
    for expected in (["environment_build_start", "environment_build_end"], []):
        (home.project / "events").unlink(missing_ok=True)
        assert pyst("run", "--events", "events", "needs").code == 0
        told = [json.loads(line)["type"] for line in (home.project / "events").read_text().splitlines()]
        assert [each for each in told if each.startswith("environment")] == expected


def test_usage_errors_speak_json(pyst: Pyst) -> None:
    ended = pyst("run", "--nope", "--format", "json")
    assert ended.code == 64
    assert ended.json["status"] == "error"
    assert ended.json["diagnostics"][0]["code"] == "E_USAGE"


def test_the_interpreter_is_the_one_asked_for(pyst: Pyst) -> None:
    ended = pyst("run", "--python", sys.executable, "-c", "import sys; print(sys.version_info[:2])")
    assert ended.out == f"{sys.version_info[:2]}\n"


def test_with_takes_a_requirement(home: Home, pyst: Pyst) -> None:
    home.script("hello", "print('hello')\n")
    for wrong in ("bad req!!", "./folder", ""):
        refused = pyst("run", "--with", wrong, "hello")
        assert (refused.code, refused.out) == (64, "")
        assert f"`{wrong}` is no requirement" in refused.err
