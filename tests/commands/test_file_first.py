"""File-first runs and records, in this process: what is checked, found, written and told."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pyst.records.reading import all_records, find_record
from pyst.records.record import from_json, to_json
from pyst.records.schema import RECORD
from tests.conftest import Home, Pyst

WRITES = """\
import json, os, sys
folder = os.environ["PYST_OUTPUT_DIR"]
with open(os.environ["PYST_INPUT_PATH"]) as file:
    given = json.load(file)
with open(os.path.join(folder, "result.json"), "w") as file:
    json.dump({"double": given["n"] * 2}, file)
print("done", *sys.argv[1:])
print("a word", file=sys.stderr)
"""


def state_of(home: Home) -> str:
    return str(home.path / ".local" / "state" / "pyst")


def files_in(folder: Path) -> dict[str, Path]:
    """The files of a folder, the run's id in their names replaced."""
    return {re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "ID", each.name): each for each in folder.iterdir()}


def record_in(folder: Path, task: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(files_in(folder)[f"{task}.ID.manifest.json"].read_text())
    Draft202012Validator(RECORD).validate(body)
    return body


@pytest.fixture
def twice(home: Home) -> Home:
    home.script("twice", WRITES)
    (home.project / "in.json").write_text('{"n": 21}')
    return home


def test_a_file_first_run_leaves_manifest_log_and_history(pyst: Pyst, twice: Home) -> None:
    ended = pyst("run", "--input-path", "in.json", "twice", "a", "--b")
    assert (ended.code, ended.err) == (0, "")
    temp = twice.project / "temp"
    files = files_in(temp)
    assert set(files) == {".gitignore", ".history.jsonl", "result.json", "twice.ID.log.txt", "twice.ID.manifest.json"}
    assert sorted(files["twice.ID.log.txt"].read_text().splitlines()) == ["a word", "done a --b"]
    record = record_in(temp, "twice")
    assert record["status"] == "ok"
    assert record["argv"] == ["a", "--b"]
    assert record["input"]["path"] == str(twice.project / "in.json")
    assert [(each["path"], each["bytes"]) for each in record["outputs"]] == [("result.json", 14)]
    assert record["stdout"]["bytes"] == 11
    assert record["stdout"]["path"] is None
    assert "HOME" in record["variables"]
    assert "done" not in ended.out
    assert "result.json  14 bytes, json" in ended.out
    assert '| {"double": 42}' in ended.out
    line = json.loads(files[".history.jsonl"].read_text())
    assert (line["run_id"], line["manifest"]) == (record["run_id"], files["twice.ID.manifest.json"].name)
    assert find_record(state_of(twice), "last") == from_json(record)


def test_the_script_is_told_where_things_are(pyst: Pyst, home: Home) -> None:
    home.script(
        "told", "import json, os\nprint(json.dumps({k: v for k, v in os.environ.items() if k[:4] in ('PYST', 'PYX_')}))"
    )
    (home.project / "in.json").write_text("[]")
    body = pyst("--format", "json", "run", "--input-path", "in.json", "--output-dir", "out", "told").json
    told = json.loads(body["detail"]["outcome"]["stdout"]["text"])
    record = body["detail"]["record"]
    for prefix in ("PYST_", "PYX_"):
        assert told[prefix + "INPUT_PATH"] == str(home.project / "in.json")
        assert told[prefix + "OUTPUT_DIR"] == str(home.project / "out")
        assert told[prefix + "OUTPUT_PATH"] == record["manifest"]
        assert told[prefix + "LOG_PATH"] == record["log"]["path"]
        assert told[prefix + "RUN_ID"] == record["run_id"]


def test_what_an_outer_run_was_given_is_not_seen(pyst: Pyst, home: Home) -> None:
    home.script("told", "import os\nprint('PYST_INPUT_PATH' in os.environ, 'PYX_INPUT_PATH' in os.environ)")
    outer = {"PYST_INPUT_PATH": "/outer", "PYX_INPUT_PATH": "/outer"}
    body = pyst("--format", "json", "run", "--record", "told", **outer).json
    assert body["detail"]["outcome"]["stdout"]["text"] == "False False\n"


@pytest.mark.parametrize("words", [["-c", "print(1)"], ["-"], ["fn", "--x", "1"]], ids=["-c", "-", "main"])
def test_all_kinds_of_programs_are_recorded(pyst: Pyst, home: Home, words: list[str]) -> None:
    home.script("fn", "def main(x: int = 0):\n    print(x)\n")
    ended = pyst("run", "--output-dir", "out", *words, stdin="print(1)")
    assert ended.code == 0
    task = "fn" if words[0] == "fn" else "code"
    record = record_in(home.project / "out", task)
    assert record["stdout"]["bytes"] == 2
    assert record["script"]["origin"] == ("project" if task == "fn" else "code")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "can't be read"),
        (b"{", "line 1, column 2"),
        (b'{"a":\n NaN}', "line 2, column 2"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_bad_input_starts_nothing(pyst: Pyst, twice: Home, data: bytes | None, told: str) -> None:
    path = twice.project / "bad.json"
    if data is not None:
        path.write_bytes(data)
    ended = pyst("run", "--input-path", "bad.json", "twice")
    assert ended.code == 64
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert not (twice.project / "temp").exists()
    assert list(all_records(state_of(twice))) == []


def test_a_failing_script_has_its_record_and_its_last_words_are_shown(pyst: Pyst, home: Home) -> None:
    home.script("fails", "import sys\nprint('before')\nraise SystemExit('it went wrong')")
    ended = pyst("run", "--output-dir", "out", "fails")
    assert ended.code == 1
    record = record_in(home.project / "out", "fails")
    assert (record["status"], record["exit_code"]) == ("failed", 1)
    assert "| it went wrong" in ended.out
    assert ended.out.startswith("failed   exit 1")


def test_a_script_that_takes_too_long_has_its_record(pyst: Pyst, home: Home) -> None:
    home.script("slow", "import time\nprint('started', flush=True)\ntime.sleep(60)")
    ended = pyst("run", "--output-dir", "out", "--timeout", "1.5", "slow")
    assert ended.code == 124
    record = record_in(home.project / "out", "slow")
    assert (record["status"], record["exit_code"], record["options"]["timeout_seconds"]) == ("timed_out", 124, 1.5)
    assert "E_TIMEOUT" not in ended.out
    assert "was ended after 1.5 s" in ended.err


@pytest.mark.parametrize("folder", [".cache", ".cache/pyst/plans-v1", ".local/state/pyst/runs", "linked"])
def test_no_confined_run_has_its_outputs_where_pyst_has_its_own_files(pyst: Pyst, home: Home, folder: str) -> None:
    home.script("there", "print(1)")
    (home.path / "linked").mkdir()
    (home.path / "elsewhere").mkdir()
    (home.path / "linked" / "config").symlink_to(home.path / "elsewhere")
    words = ("--output-dir", str(home.path / folder), "--sandbox=basic", "there")
    ended = pyst("run", *words, XDG_CONFIG_HOME=str(home.path / "linked" / "config"))
    assert ended.code == 101
    assert "pyst's own" in ended.err


def test_a_script_that_can_not_start_has_its_record(pyst: Pyst, home: Home) -> None:
    home.script("there", "print(1)")
    ended = pyst("run", "--output-dir", "out", "--sandbox", "--deny-write=out", "there")
    assert ended.code == 101
    assert "E_DENY" not in ended.out
    assert record_in(home.project / "out", "there")["status"] == "failed"
    assert "info: the record is" in ended.err


def test_the_script_s_own_manifest_is_merged_and_kept(pyst: Pyst, home: Home) -> None:
    home.script(
        "own",
        "import json, os\n"
        "open(os.environ['PYST_OUTPUT_DIR'] + '/a.csv', 'w').write('x\\n1\\n')\n"
        "told = {'outputs': [{'path': 'a.csv', 'role': 'report', 'rows': 1}, {'path': '/etc/passwd'}], 'more': 1}\n"
        "json.dump(told, open(os.environ['PYX_OUTPUT_PATH'], 'w'))\n",
    )
    assert pyst("run", "--output-dir", "out", "own").code == 0
    record = record_in(home.project / "out", "own")
    assert record["outputs"][0]["role"] == "report"
    assert record["outputs"][0]["notes"] == {"rows": 1}
    assert record["outputs"][0]["declared"] is True
    assert record["skipped"] == [{"path": "/etc/passwd", "reason": "outside"}]
    assert json.loads(files_in(home.project / "out")["own.ID.manifest.script.json"].read_text())["more"] == 1


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("open(path, 'w').write('no JSON at all')", "not JSON"),
        ("open(path, 'wb').write(b'[' * 100000)", "nested too deeply"),
        ("open(path, 'w').write('x' * 5000000)", "larger than"),
        ("os.symlink('/etc/passwd', path)", "not a regular file"),
        ("os.mkfifo(path)", "not a regular file"),
        ("os.mkdir(path)", "not a regular file"),
    ],
)
def test_a_broken_manifest_of_the_script_is_told_and_kept(pyst: Pyst, home: Home, does: str, why: str) -> None:
    home.script("own", f"import os\npath = os.environ['PYST_OUTPUT_PATH']\n{does}\n")
    body = pyst("--format", "json", "run", "--output-dir", "out", "own").json
    assert body["exit_code"] == 0
    codes = {each["code"]: each["message"] for each in body["diagnostics"]}
    assert why in codes["W_MANIFEST"]
    record = record_in(home.project / "out", "own")
    assert record == body["detail"]["record"]
    assert os.path.lexists(files_in(home.project / "out")["own.ID.manifest.script.json"])
    assert not Path(record["manifest"]).is_symlink()


def test_secrets_of_the_command_line_are_masked(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print(1)")
    words = ["hello", "--token", "s3cr3t-value", "x=value-of-key"]
    body = pyst("--format", "json", "run", "--record", *words, MY_KEY="value-of-key").json
    record = body["detail"]["record"]
    assert record["argv"] == ["--token", "****", "x=****"]
    assert record["masked"] is True
    kept = Path(state_of(home)).rglob("*")
    assert not any(
        b"s3cr3t" in each.read_bytes() or b"value-of-key" in each.read_bytes() for each in kept if each.is_file()
    )


def test_a_record_beside_the_caller_s_own_output(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print('shown')")
    ended = pyst("run", "--record", "-v", "hello")
    assert ended.code == 0
    record = find_record(state_of(home), "last")
    assert record.output_dir == os.path.join(state_of(home), "outputs", record.run_id)
    assert f"recorded: {record.run_id}" in ended.err
    assert os.stat(record.output_dir).st_mode & 0o777 == 0o700


def test_long_output_is_kept_whole(pyst: Pyst, home: Home) -> None:
    home.script("long", "for n in range(3000): print('line', n)")
    body = pyst("--format", "json", "run", "--output-dir", "out", "long").json
    record = body["detail"]["record"]
    assert record["stdout"]["path"].endswith(".stdout.txt")
    assert Path(record["stdout"]["path"]).read_text().splitlines()[-1] == "line 2999"
    assert [each["role"] for each in record["outputs"]] == ["stdout"]


def test_a_log_is_capped_and_says_so(pyst: Pyst, home: Home) -> None:
    home.script("long", "for n in range(3000): print('line', n)")
    ended = pyst("run", "--output-dir", "out", "long", PYST_AGENT_MAX_LOG_BYTES="1000")
    record = record_in(home.project / "out", "long")
    assert record["log"] | {"path": ""} == {
        "path": "", "bytes": 1000, "seen_bytes": 28890, "cap_bytes": 1000, "truncated": True,
    }  # fmt: skip
    last = Path(record["log"]["path"]).read_text().splitlines()[-1]
    assert "capped at 1000 bytes (agent.max_log_bytes)" in last
    assert "1000 bytes of 28.2 KiB" in ended.out


def test_previews_are_bounded_in_all(pyst: Pyst, home: Home) -> None:
    home.script(
        "many",
        "import os\nfor n in range(30):\n"
        "    open(os.environ['PYST_OUTPUT_DIR'] + f'/{n:02}.txt', 'w').write(f'{n} ' * 5000)\n",
    )
    body = pyst("--format", "json", "run", "--output-dir", "out", "many").json
    assert sum(len(each["text"]) for each in body["detail"]["previews"]) <= 2048
    assert len(body["detail"]["record"]["outputs"]) == 30
    ended = pyst("run", "--output-dir", "again", "many")
    assert len(ended.out) < 6000
    assert "and 10 more" in ended.out


def test_what_a_script_writes_can_not_steer_a_terminal(pyst: Pyst, home: Home) -> None:
    home.script(
        "evil",
        "import os\nopen(os.environ['PYST_OUTPUT_DIR'] + '/\\x1b[2Jname\\n', 'w').write('\\x1b]0;title\\x07\\u202e')\n",
    )
    ended = pyst("run", "--output-dir", "out", "evil")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out


def test_a_manifest_goes_where_it_is_told_to(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print(1)")
    words = ("run", "--output-dir", "out", "--output-path", "m/manifest.json", "hello")
    assert pyst(*words).code == 0
    first = json.loads((home.project / "m" / "manifest.json").read_text())
    assert pyst(*words).code == 0
    second = json.loads((home.project / "m" / "manifest.json").read_text())
    assert first["run_id"] != second["run_id"]
    assert second["manifest"] == str(home.project / "m" / "manifest.json")
    assert find_record(state_of(home), "last").run_id in (first["run_id"], second["run_id"])


@pytest.mark.parametrize("there", ["my notes", '{"a": 1}', None], ids=["text", "JSON", "folder"])
def test_a_file_of_the_user_s_is_not_overwritten(pyst: Pyst, home: Home, there: str | None) -> None:
    home.script("hello", "print(1)")
    path = home.project / "precious.json"
    path.mkdir() if there is None else path.write_text(there)
    ended = pyst("run", "--output-path", "precious.json", "hello")
    assert ended.code == 1
    assert "precious.json" in ended.err
    assert path.is_dir() if there is None else path.read_text() == there


def test_what_seems_empty_and_is_no_file_is_not_replaced_by_a_manifest(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print(1)")
    path = home.project / "pipe"
    os.mkfifo(path)
    ended = pyst("run", "--output-path", "pipe", "hello")
    assert ended.code == 1
    assert "it is not overwritten" in ended.err
    assert path.is_fifo()


@pytest.mark.parametrize("path", ["out/.history.jsonl", "p" * 256])
def test_a_manifest_that_could_not_be_written_is_told_before_the_script_starts(
    pyst: Pyst, home: Home, path: str
) -> None:
    home.script("hello", "open('ran', 'w')")
    ended = pyst("run", "--output-dir", "out", "--output-path", path, "hello")
    assert ended.code == 1
    assert ended.err.startswith("error: `")
    assert not (home.project / "ran").exists()


def test_so_is_a_folder_that_takes_no_manifest(pyst: Pyst, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.script("hello", "open('ran', 'w')")
    shut = str(home.project / "shut")
    may = os.access  # of the superuser, permissions would ask nothing
    monkeypatch.setattr(os, "access", lambda path, *words, **named: path != shut and may(path, *words, **named))
    ended = pyst("run", "--output-dir", "out", "--output-path", "shut/m.json", "hello")
    assert ended.code == 1
    assert "`--output-path`" in ended.err
    assert not (home.project / "ran").exists()


@pytest.mark.parametrize("flag", ["--input-path", "--output-dir", "--output-path"])
def test_an_empty_path_is_not_the_current_folder(pyst: Pyst, home: Home, flag: str) -> None:
    home.script("hello", "open('ran', 'w')")
    ended = pyst("run", flag, "", "hello")
    assert ended.code == 64
    assert f"`{flag}` is empty" in ended.err
    assert not (home.project / "ran").exists()


def test_an_input_that_changes_meanwhile_is_told(pyst: Pyst, home: Home) -> None:
    home.script("changes", "import os\nopen(os.environ['PYST_INPUT_PATH'], 'w').write('[2]')")
    (home.project / "in.json").write_text("[1]")
    body = pyst("--format", "json", "run", "--input-path", "in.json", "changes").json
    assert [each["code"] for each in body["diagnostics"]] == ["W_INPUT_CHANGED"]


def test_an_input_in_the_output_folder_is_no_output(pyst: Pyst, twice: Home) -> None:
    (twice.project / "temp").mkdir()
    (twice.project / "temp" / "in.json").write_text('{"n": 1}')
    assert pyst("run", "--input-path", "temp/in.json", "twice").code == 0
    assert [each["path"] for each in record_in(twice.project / "temp", "twice")["outputs"]] == ["result.json"]


def test_the_log_is_put_back_where_a_script_took_it(pyst: Pyst, home: Home) -> None:
    home.script("takes", "import os\nprint('said', flush=True)\nos.unlink(os.environ['PYST_LOG_PATH'])")
    body = pyst("--format", "json", "run", "--output-dir", "out", "takes").json
    assert [each["code"] for each in body["diagnostics"]] == ["W_LOG_CHANGED"]
    assert Path(body["detail"]["record"]["log"]["path"]).read_text() == "said\n"


def test_a_log_that_was_rewritten_is_told(pyst: Pyst, home: Home) -> None:
    home.script(
        "lies",
        "import os\nprint('bad', flush=True)\n"
        "path = os.environ['PYST_LOG_PATH']\nwhile not os.path.getsize(path): pass\nopen(path, 'r+').write('GUT')",
    )
    body = pyst("--format", "json", "run", "--output-dir", "out", "lies").json
    assert [each["code"] for each in body["diagnostics"]] == ["W_LOG_CHANGED"]


def test_a_script_may_add_to_its_log(pyst: Pyst, home: Home) -> None:
    home.script("adds", "import os\nprint('one', flush=True)\nopen(os.environ['PYST_LOG_PATH'], 'a').write('own\\n')")
    body = pyst("--format", "json", "run", "--output-dir", "out", "adds").json
    assert body["diagnostics"] == []
    log = Path(body["detail"]["record"]["log"]["path"]).read_text()
    assert sorted(log.splitlines()) == ["one", "own"]


def test_a_dry_run_writes_nothing(pyst: Pyst, twice: Home) -> None:
    body = pyst("--format", "json", "run", "--dry-run", "--input-path", "in.json", "twice").json
    assert body["detail"]["record"] is None
    assert not (twice.project / "temp").exists()


def test_content_is_kept_for_replays(pyst: Pyst, twice: Home) -> None:
    from pyst.records.objects import read

    body = pyst("--format", "json", "run", "--input-path", "in.json", "twice").json
    record = body["detail"]["record"]
    assert read(state_of(twice), record["script"]["sha256"]) == WRITES.encode()
    assert read(state_of(twice), record["input"]["sha256"]) == b'{"n": 21}'


@pytest.mark.parametrize("word", ["x", "1", "-1", "99999", "99999999999999999999"])
def test_a_lifeline_must_be_a_descriptor(pyst: Pyst, home: Home, word: str) -> None:
    home.script("hello", "print(1)")
    assert pyst("run", f"--lifeline={word}", "hello").code == 64


def test_ensure_temp_prints_the_folder(pyst: Pyst, home: Home) -> None:
    ended = pyst("ensure-temp")
    assert ended.out == f"{home.project / 'temp'}\n"
    assert (home.project / "temp" / ".gitignore").read_text() == "*\n"
    (home.project / "temp" / ".gitignore").write_text("mine\n")
    assert pyst("--format", "json", "ensure-temp").detail == {"path": str(home.project / "temp"), "made": False}
    assert (home.project / "temp" / ".gitignore").read_text() == "mine\n"
    (home.project / "file").write_text("x")
    assert pyst("ensure-temp", "--dir", "file").code == 1


def test_records_read_back_as_they_were_written(pyst: Pyst, twice: Home) -> None:
    pyst("run", "--input-path", "in.json", "twice")
    pyst("run", "--record", "-c", "raise SystemExit(3)")
    records = list(all_records(state_of(twice)))
    assert sorted(each.status for each in records) == ["failed", "ok"]
    for each in records:
        assert to_json(each) == json.loads(Path(each.manifest).read_text())


def test_a_state_that_takes_no_record_is_told_once(pyst: Pyst, twice: Home, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    ended = pyst("run", "--input-path", "in.json", "twice", XDG_STATE_HOME=str(taken))
    assert ended.code == 0
    assert ended.err.count("the record `") == 1
    assert record_in(twice.project / "temp", "twice")["status"] == "ok"
    assert taken.read_text() == "mine"
