"""Records of real runs: signals, kills, lifelines, many at once, hostile scripts; whole or absent, never half."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pyst.records.reading import all_records, find_record, run_ids
from pyst.records.record import Record
from pyst.records.schema import RECORD
from tests.conftest import Home
from tests.support.faults import PYST
from tests.support.runs import is_alive, pids_in, wait_until

STARTED = "import os, time\nprint('started', flush=True)\nopen('pid', 'a').write(f'{os.getpid()}\\n')\n"
WAITS = "while True:\n    time.sleep(0.05)\n"
"""Python hears a signal that comes just before it sleeps, or pauses, when it wakes: so it does that often."""


def state_of(home: Home) -> str:
    return str(home.path / ".local" / "state" / "pyst")


def begin(home: Home, *words: str, **more: Any) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*PYST, "run", *words], cwd=home.project, env=home.environ, **{**pipes, **more})


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, (out or b"").decode(), (err or b"").decode()


def last(home: Home) -> Record:
    """The last record, which is the manifest too."""
    record = find_record(state_of(home), "last")
    body = json.loads(Path(record.manifest).read_text())
    Draft202012Validator(RECORD).validate(body)
    assert body["run_id"] == record.run_id
    assert body["status"] == record.status
    return record


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_and_the_record_says_so(home: Home, number: int) -> None:
    home.script("waits", STARTED + WAITS)
    process = begin(home, "--output-dir", "out", "waits")
    pids_in(home.project / "pid", 1)
    process.send_signal(number)
    code, out, _ = ended(process)
    assert code == -number
    record = last(home)
    assert (record.status, record.signal, record.exit_code) == ("killed", number, 128 + number)
    assert Path(record.log.path).read_bytes().startswith(b"started\n")
    assert f"signal {int(number)}" in out


def test_a_script_that_kills_itself_has_its_record(home: Home) -> None:
    home.script("dies", "import os\nos.kill(os.getpid(), 9)")
    assert ended(begin(home, "--output-dir", "out", "dies"))[0] == -9
    assert (last(home).status, last(home).signal) == ("killed", 9)


def test_a_script_that_heeds_a_signal_ends_well(home: Home) -> None:
    home.script(
        "heeds",
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n" + STARTED + WAITS,
    )
    process = begin(home, "--output-dir", "out", "heeds")
    pids_in(home.project / "pid", 1)
    process.terminate()
    assert ended(process)[0] == 0
    assert last(home).status == "ok"


def test_a_run_whose_pyst_is_killed_is_lost(home: Home) -> None:
    home.script("waits", STARTED + "time.sleep(60)\n")
    process = begin(home, "--output-dir", "out", "waits")
    (script,) = pids_in(home.project / "pid", 1)
    wait_until(lambda: list(run_ids(state_of(home))), "the record")
    assert find_record(state_of(home), "last").status == "running"
    process.kill()
    ended(process)
    wait_until(lambda: not is_alive(script), "the end of the script")
    record = find_record(state_of(home), "last")
    assert record.status == "lost"
    assert not os.path.exists(record.manifest)
    assert Path(record.log.path).read_bytes() == b"started\n"


def test_a_run_ends_with_its_lifeline(home: Home) -> None:
    home.script("waits", STARTED + "import subprocess\nsubprocess.run(['sleep', '60'])\n")
    ours, theirs = os.pipe()
    process = begin(home, "--format", "json", "--record", "--lifeline", str(ours), "waits", pass_fds=(ours,))
    os.close(ours)
    (script,) = pids_in(home.project / "pid", 1)
    time.sleep(0.1)
    assert process.poll() is None
    os.close(theirs)
    code, out, _ = ended(process)
    assert not is_alive(script)
    assert json.loads(out)["detail"]["record"]["status"] == "killed"
    assert code == 128 + signal.SIGTERM
    assert "lifeline_cut" in [each["type"] for each in json.loads(out)["events"]]


def test_a_lifeline_that_is_cut_before_the_start_ends_the_run(home: Home) -> None:
    home.script("waits", "import time\ntime.sleep(60)\n")
    ours, theirs = os.pipe()
    os.close(theirs)
    process = begin(home, "--lifeline", str(ours), "waits", pass_fds=(ours,))
    os.close(ours)
    assert ended(process)[0] == -signal.SIGTERM


def test_a_script_does_not_get_the_lifeline(home: Home) -> None:
    home.script("looks", "import os, sys\ntry:\n    os.fstat(int(sys.argv[1]))\nexcept OSError:\n    print('none')\n")
    ours, theirs = os.pipe()
    process = begin(home, "--lifeline", str(ours), "looks", str(ours), pass_fds=(ours,))
    os.close(ours)
    out = ended(process)[1]
    os.close(theirs)
    assert out == "none\n"


def test_fifty_runs_at_once_lose_nothing(home: Home) -> None:
    home.script(
        "writes", "import os\nopen(os.path.join(os.environ['PYST_OUTPUT_DIR'], os.environ['PYST_RUN_ID']), 'w')"
    )
    running: list[subprocess.Popen[bytes]] = []
    for _ in range(50):
        running.append(begin(home, "--output-dir", "out", "writes"))
    assert [ended(each)[0] for each in running] == [0] * 50
    lines = [json.loads(line) for line in (home.project / "out" / ".history.jsonl").read_text().splitlines()]
    assert len({each["run_id"] for each in lines}) == 50
    records = list(all_records(state_of(home)))
    assert len(records) == 50
    assert {each.status for each in records} == {"ok"}
    for record in records:
        assert record.run_id in [each.path for each in record.outputs]
        assert record.concurrent or len(record.outputs) == 1
    assert any(each.concurrent for each in records)


def test_runs_one_after_the_other_are_not_concurrent(home: Home) -> None:
    for _ in range(3):
        assert ended(begin(home, "--output-dir", "out", "-c", "print(1)"))[0] == 0
    assert [each.concurrent for each in all_records(state_of(home))] == [False] * 3


def test_a_run_beside_another_is_concurrent_for_both(home: Home) -> None:
    home.script("waits", STARTED + "input()\n")
    process = begin(home, "--output-dir", "out", "waits", stdin=subprocess.PIPE)
    pids_in(home.project / "pid", 1)
    assert ended(begin(home, "--output-dir", "out", "-c", "print(1)"))[0] == 0
    assert last(home).concurrent
    process.communicate(b"\n", timeout=60)
    assert [each.concurrent for each in all_records(state_of(home))] == [True, True]


def test_a_summary_is_the_same_on_the_hot_path(home: Home) -> None:
    home.script("hello", "import os\nopen(os.environ['PYST_OUTPUT_DIR'] + '/a.txt', 'w').write('text')\nprint('x')\n")
    (home.project / "in.json").write_text("{}")
    words = ("--input-path", "in.json", "hello", "--", "-x")

    def told() -> tuple[bool, int, list[str]]:
        argv = [PYST[0], "-X", "importtime", *PYST[1:], "run", *words]
        done = subprocess.run(argv, cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=60)
        kept = [line.split("  ")[0][:24] for line in done.stdout.splitlines()]
        return "pyst.cli" not in done.stderr, done.returncode, [each for each in kept if each[:3] not in ("run", "ok ")]

    first = told()
    assert first[:2] == (False, 0)
    deadline = time.monotonic() + 30
    while not (hot := told())[0]:
        assert time.monotonic() < deadline, "never hot"
    assert hot[1:] == first[1:]
    records = list(all_records(state_of(home)))
    assert records[0].argv == ("-x",)
    same = ("task", "status", "script", "argv", "cwd", "options", "variables", "environment", "interpreter", "input")
    for name in (*same, "outputs", "output_dir"):
        assert len({repr(getattr(each, name)) for each in records}) == 1, name


@pytest.mark.parametrize("changed", ["script", "input", "objects"])
def test_the_hot_path_sees_every_change(home: Home, changed: str) -> None:
    path = home.script("hello", "print('one')\n")
    (home.project / "in.json").write_text("[1]")
    words = ("--input-path", "in.json", "hello")
    for _ in range(4):
        assert ended(begin(home, *words))[0] == 0
        time.sleep(0.3)
    if changed == "script":
        path.write_text("print('two')\n")
    elif changed == "input":
        (home.project / "in.json").write_text("[1,")
    else:
        for each in Path(state_of(home), "objects").rglob("*"):
            if each.is_file():
                each.unlink()
    code, out, err = ended(begin(home, *words))
    if changed == "script":
        assert "| two" in out
    elif changed == "input":
        assert code == 64
        assert "line 1, column 4" in err
    else:
        assert Path(state_of(home), "objects", last(home).script.sha256[:2], last(home).script.sha256).exists()


HOSTILE = """\
import os
folder, log, manifest = (os.environ['PYST_' + name] for name in ('OUTPUT_DIR', 'LOG_PATH', 'OUTPUT_PATH'))
victim = %r
print('said', flush=True)
def tried(do, *words):
    try:
        do(*words)
    except OSError as error:
        print('refused', do.__name__, error.errno, flush=True)
for name in (manifest, folder + '/.history.jsonl'):
    tried(os.symlink, victim, name)
tried(os.unlink, log)
tried(os.symlink, victim, log)
tried(os.symlink, victim, folder + '/link')
tried(os.symlink, os.path.dirname(victim), folder + '/sub')
tried(os.mkfifo, folder + '/fifo')
"""


@pytest.mark.parametrize("walls", [(), ("--sandbox",), ("--sandbox=basic",)], ids=["plain", "strict", "basic"])
def test_a_hostile_script_leads_pyst_nowhere(home: Home, walls: tuple[str, ...]) -> None:
    victim = home.path / "victim"
    victim.write_text("precious\n")
    home.script("evil", HOSTILE % str(victim))
    code, out, err = ended(begin(home, "--format", "json", *walls, "--output-dir", "out", "evil"))
    if code == 101:
        pytest.skip(f"this host refuses such walls: {err or out}")
    body = json.loads(out)
    assert code == 0, out
    assert victim.read_text() == "precious\n"
    record = last(home)
    assert "precious" not in Path(record.manifest).read_text()
    assert not os.path.islink(record.manifest)
    assert not os.path.islink(record.log.path)
    assert Path(record.log.path).read_text().startswith("said\n")
    assert {"W_LOG_CHANGED", "W_MANIFEST", "W_NOT_RECORDED"} <= {each["code"] for each in body["diagnostics"]}
    assert not [each for each in record.outputs if "link" in each.path or each.path.startswith("sub")]
    assert ("fifo", "fifo") in record.skipped
    assert (record.confinement is not None) == bool(walls)


FILES = ("--output-dir", "out", "--input-path", "in.json")


@pytest.mark.parametrize("words", [("--record",), FILES], ids=["record", "files"])
def test_a_confined_run_writes_its_outputs_and_nothing_else(home: Home, words: tuple[str, ...]) -> None:
    (home.project / "in.json").write_text("[1]")
    home.script(
        "writes",
        "import os\nfolder = os.environ['PYST_OUTPUT_DIR']\n"
        "open(folder + '/a.txt', 'w').write('x')\n"
        "if 'PYST_INPUT_PATH' in os.environ: print(open(os.environ['PYST_INPUT_PATH']).read())\n"
        "for path in (os.path.dirname(folder) + '/b.txt', folder + '/../c.txt'):\n"
        "    try:\n        open(path, 'w')\n    except OSError:\n        pass\n",
    )
    code, out, err = ended(begin(home, "--format", "json", "--sandbox", *words, "writes"))
    if code == 101:
        pytest.skip(f"this host refuses such walls: {err or out}")
    detail = json.loads(out)["detail"]
    assert [each["path"] for each in detail["record"]["outputs"]] == ["a.txt"]
    assert ("[1]" in detail["outcome"]["stdout"]["text"]) == ("--input-path" in words)
    assert [*Path(detail["record"]["output_dir"]).parent.glob("[bc].txt")] == []
    assert detail["record"]["confinement"]["tier"] == "strict"
    assert detail["record"]["output_dir"] in detail["record"]["confinement"]["walls"]["write"]


def test_the_state_of_pyst_can_not_be_an_output_folder_of_a_confined_run(home: Home) -> None:
    code, _, err = ended(begin(home, "--sandbox", "--output-dir", str(home.path), "-c", "print(1)"))
    assert code == 101
    assert "pyst's own" in err


def test_an_output_folder_that_can_not_be_written_starts_nothing(home: Home) -> None:
    (home.project / "file").write_text("x")
    code, _, err = ended(begin(home, "--output-dir", "file", "-c", "open('ran', 'w')"))
    assert code == 1
    assert "error: " in err
    assert not (home.project / "ran").exists()


def test_a_state_that_can_not_be_written_is_told_and_the_script_runs(home: Home) -> None:
    state = Path(state_of(home))
    state.parent.mkdir(parents=True)
    state.write_text("no folder")
    code, out, err = ended(begin(home, "--output-dir", "out", "-c", "raise SystemExit(7)"))
    assert code == 7
    assert "can't be written" in err
    assert "failed   exit 7" in out
    assert len(list((home.project / "out").glob("*.manifest.json"))) == 1
    assert list(run_ids(str(state))) == []


def spoil(path: Path, how: str, victim: Path) -> None:
    """Put something else in the place of a file or folder of pyst's."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if how == "folder":
        (path / "inner").mkdir(parents=True)
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "dangling link":
        path.symlink_to(victim.with_name("nowhere"))
    elif how == "link":
        path.symlink_to(victim)
    elif how == "file":
        path.write_bytes(b"\0garbage")


PLACES = (
    "state/folders.lock",
    "state/objects",
    "state/objects/??/*",
    "state/runs",
    "state/runs/*",
    "out/.history.jsonl",
)


@pytest.mark.parametrize("how", ["folder", "fifo", "dangling link", "link", "file"])
@pytest.mark.parametrize("place", [*(f"state/{each}" for each in PLACES), "out/.history.jsonl"])
def test_whatever_lies_in_a_place_of_pyst_s_the_script_runs_and_nothing_else_is_harmed(
    home: Home, place: str, how: str
) -> None:
    victim = home.path / "victim"
    victim.write_text("precious\n")
    home.script("hello", "print('ran')")
    words = ("--output-dir", "out", "hello")
    assert ended(begin(home, *words))[0] == 0
    base = Path(state_of(home)) if place.startswith("state/") else home.project
    for each in sorted(base.glob(place.removeprefix("state/"))):
        spoil(each, how, victim)
    for _ in range(2):
        code, out, err = ended(begin(home, *words))
        assert code == 0, (out, err)
        assert "| ran" in out
        assert "Traceback" not in err
    assert victim.read_text() == "precious\n"
    assert not victim.with_name("nowhere").exists()


@pytest.mark.parametrize("fd", [0, 1, 2])
@pytest.mark.parametrize("words", [("--record",), ("--output-dir", "out")], ids=["record", "files"])
def test_closed_streams_do_no_harm(home: Home, words: tuple[str, ...], fd: int) -> None:
    home.script("hello", "print('ran')")
    for _ in range(4):  # the last of them by the hot path
        shell = ["/bin/sh", "-c", f'exec "$@" {fd}>&-', "sh", *PYST, "run", *words, "hello"]
        done = subprocess.run(shell, cwd=home.project, env=home.environ, capture_output=True, timeout=60)
        assert done.returncode == 0, done
        assert b"Traceback" not in done.stderr
        time.sleep(0.3)
    records = list(all_records(state_of(home)))
    assert len(records) == 4
    assert {each.status for each in records} == {"ok"}
    assert {Path(each.log.path).read_text() for each in records} == {"ran\n"}


def test_a_nested_pyst_is_not_kept_from_the_hot_path_by_what_a_run_is_told(home: Home) -> None:
    home.script("hello", "print('ran')")
    told = {"PYST_RUN_ID": "x", "PYST_LOG_PATH": "/x", "PYST_OUTPUT_DIR": "/x", "PYST_OUTPUT_PATH": "/x"}
    deadline = time.monotonic() + 30
    for number in range(1000):
        environ = {**home.environ, **{name: f"{value}{number}" for name, value in told.items()}}
        argv = [PYST[0], "-X", "importtime", *PYST[1:], "run", "hello"]
        done = subprocess.run(argv, cwd=home.project, env=environ, capture_output=True, text=True, timeout=60)
        assert done.stdout == "ran\n"
        if "pyst.cli" not in done.stderr:
            return
        assert time.monotonic() < deadline, "never hot"
