"""The program itself, started as a launcher does: exit codes, signals, closed and full streams, pipes that end early.

What running a plan does is shown beside; here it is the whole way: cold, replayed from a memo, and supervised.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import Home
from tests.support.faults import PYST
from tests.support.runs import wait_until

SECONDS = 30
WAYS = {
    "cold": ["--no-cache"],
    "replayed": [],
    "timed": ["--timeout", "100"],
    "json": ["--format", "json"],
}
EVERY_WAY = pytest.mark.parametrize("way", WAYS)
SCRIPTS = {
    "leave": "import sys\nsys.exit(int(sys.argv[1]))\n",
    "die": "import os, signal, sys\nsignal.signal(13, signal.SIG_DFL)\nos.kill(os.getpid(), int(sys.argv[1]))\n",
    "wait": """
import os, sys, time
if "QUICK" in os.environ:
    sys.exit()
print("ready", flush=True)
open(os.environ["NOTE"], "w").close()
while True:
    time.sleep(0.05)
""",
    "trap": """
import os, signal, sys, time
if "QUICK" in os.environ:
    sys.exit()
heard = []
for each in (1, 2, 3, 15):
    signal.signal(each, lambda *_: heard.append(1))
print("ready", flush=True)
open(os.environ["NOTE"], "w").close()
while not heard:
    time.sleep(0.05)
until = time.monotonic() + 0.3  # a second one would be here by then
while time.monotonic() < until:
    time.sleep(0.05)
print("heard", len(heard), flush=True)
sys.exit(7)
""",
    "much": "import sys\nfor n in range(200_000): print('line', n)\n",
    "once": "print('said')\n",
}
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]


@pytest.fixture
def scripts(home: Home) -> Home:
    for name, text in SCRIPTS.items():
        home.script(name, text)
    home.environ["NOTE"] = str(home.path / "note")
    old = 1_700_000_000  # so that a first run is remembered at once, and the second is a replay
    for each in (home.project / ".pyst").iterdir():
        os.utime(each, (old, old))
    return home


def heat(home: Home, *words: str) -> None:
    """Run until a plan is remembered; scripts that wait for something end at once."""
    environ = {**home.environ, "QUICK": "1"}
    plans = home.path / ".cache" / "pyst" / "plans-v1"

    def is_hot() -> bool:
        subprocess.run(
            [*PYST, "run", *words], cwd=home.project, env=environ, stdin=subprocess.DEVNULL, timeout=SECONDS,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return plans.is_dir() and any(plans.iterdir())

    wait_until(is_hot, "a plan is remembered")


def command(*words: str, way: str = "cold") -> list[str]:
    return ["/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh", *PYST, "run", *WAYS[way], *words]


def start(home: Home, argv: list[str], **given: Any) -> subprocess.Popen[bytes]:
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **given}
    return subprocess.Popen(argv, cwd=home.project, env=home.environ, **given)


def run(home: Home, argv: list[str], **given: Any) -> tuple[int, bytes, bytes]:
    with start(home, argv, **given) as process:
        try:
            out, err = process.communicate(timeout=SECONDS)
        except BaseException:
            process.kill()
            raise
    assert b"/src/pyst/" not in (err or b""), err
    return process.returncode, out or b"", err or b""


def shell(home: Home, line: str) -> tuple[int, bytes, bytes]:
    """What bash says of a line in which `pyst` is the program."""
    function = f'pyst() {{ {shlex.join(PYST)} "$@"; }}; set -o pipefail; '
    return run(home, ["/bin/bash", "-c", function + line])


@EVERY_WAY
def test_exit_codes_are_the_scripts(scripts: Home, way: str) -> None:
    if way == "replayed":
        heat(scripts, "leave", "0")
    for code in (0, 1, 2, 42, 255):
        ended = run(scripts, command("leave", str(code), way=way))
        assert ended[0] == code, ended
        assert ended[2] == b""
        if way == "json":
            body = json.loads(ended[1])
            assert body["exit_code"] == body["detail"]["outcome"]["exit_code"] == code
            assert body["detail"]["outcome"]["signal"] is None
        else:
            assert ended[1] == b""


@EVERY_WAY
def test_death_by_a_signal_is_pysts_too(scripts: Home, way: str) -> None:
    if way == "replayed":
        heat(scripts, "die", "15")
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE, signal.SIGINT):
        code, out, err = run(scripts, command("die", str(int(number)), way=way))
        if way == "json":
            body = json.loads(out)
            assert code == body["exit_code"] == 128 + number
            assert body["detail"]["outcome"]["signal"] == number
        elif number == signal.SIGINT:
            assert code == -number  # the script's own KeyboardInterrupt, and its own death by the signal
            assert err.rstrip().endswith(b"KeyboardInterrupt")
        else:
            assert (code, out, err) == (-number, b"", b"")


@EVERY_WAY
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("script", ["trap", "wait"])
def test_a_signal_without_a_terminal(scripts: Home, way: str, script: str, number: int) -> None:
    if way == "replayed":
        heat(scripts, script)
    note = Path(scripts.environ["NOTE"])
    with start(scripts, command(script, way=way)) as process:
        try:
            wait_until(note.exists, "the script is ready for its signal")
            process.send_signal(number)
            out, err = process.communicate(timeout=SECONDS)
        except BaseException:
            process.kill()
            raise
    assert b"pyst" not in err.replace(str(scripts.project).encode(), b"").replace(b"/.pyst/", b""), err
    expected = 7 if script == "trap" else 128 + number if way == "json" else -number
    assert process.returncode == expected, (out, err)
    if way == "json":
        outcome = json.loads(out)["detail"]["outcome"]
        assert outcome["signal"] == (None if script == "trap" else number)
        assert outcome["stdout"]["text"] == ("ready\nheard 1\n" if script == "trap" else "ready\n")
    else:
        assert out == (b"ready\nheard 1\n" if script == "trap" else b"ready\n")


@pytest.fixture
def terminal(scripts: Home) -> Iterator[Callable[..., pexpect.spawn[str]]]:
    children = []

    def call(*words: str, way: str) -> pexpect.spawn[str]:
        argv = command(*words, way=way)
        environ: Any = scripts.environ
        child = pexpect.spawn(
            argv[0], argv[1:], cwd=str(scripts.project), env=environ, encoding="utf-8", timeout=SECONDS, echo=False
        )
        children.append(child)
        return child

    yield call
    for child in children:
        child.close(force=True)


@pytest.mark.parametrize("way", ["cold", "replayed", "timed"])
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("script", ["trap", "wait"])
def test_a_signal_on_a_terminal(scripts: Home, terminal: Any, way: str, script: str, number: int) -> None:
    if way == "replayed":
        heat(scripts, script)
    child = terminal(script, way=way)
    child.expect("ready\r\n")
    if number in (signal.SIGINT, signal.SIGQUIT):
        child.send("\x03" if number == signal.SIGINT else "\x1c")
    else:
        child.kill(number)
    if script == "trap":
        child.expect("heard 1\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, child.signalstatus) == ((7, None) if script == "trap" else (None, number))


@pytest.mark.parametrize("words", ["list", "list --format json", "info once", "config", "schema print run", "--help"])
def test_a_reader_that_leaves_is_no_trouble(scripts: Home, words: str) -> None:
    for _ in range(2):
        code, out, err = shell(scripts, f"pyst {words} | head -c 1 | wc -c; echo ${{PIPESTATUS[0]}}")
        assert (code, out.split(), err) == (0, [b"1", b"0"], b"")


@pytest.mark.parametrize("words", ["list", "info once", "--help"])
def test_a_reader_that_was_never_there_is_no_trouble(scripts: Home, words: str) -> None:
    for _ in range(2):
        read, write = os.pipe()
        os.close(read)
        code, _, err = run(scripts, [*PYST, *words.split()], stdout=write)
        os.close(write)
        assert (code, err) == (0, b"")


@EVERY_WAY
def test_a_script_whose_reader_leaves(scripts: Home, way: str) -> None:
    """The script's own death by SIGPIPE, or Python's complaint about it: as without pyst, and no word from us."""
    if way == "replayed":
        heat(scripts, "much")
    script = scripts.project / ".pyst" / "much.py"
    plain = run(scripts, ["/bin/bash", "-c", f"{sys.executable} {script} | head -1; echo ${{PIPESTATUS[0]}}"])
    code, out, err = shell(
        scripts, f"pyst run {shlex.join(WAYS[way])} much | head -1 | cut -c 1-6; echo ${{PIPESTATUS[0]}}"
    )
    assert code == 0
    if way == "json":
        assert out == b'{"sche\n0\n'
    else:
        # Python notices the closed pipe in a write (1) or in its last flush (120), as it happens
        assert {out.splitlines()[1], plain[1].splitlines()[1]} <= {b"1", b"120"}
        assert b"BrokenPipeError" in err
        assert b"BrokenPipeError" in plain[2]
    assert b"/src/pyst/" not in err


@pytest.mark.parametrize("words", ["list", "list --format json", "info once", "config", "--help", "which once"])
def test_a_full_standard_output_is_an_error(scripts: Home, words: str) -> None:
    for _ in range(3):
        code, out, err = shell(scripts, f"pyst {words} > /dev/full")
        assert code == 1, err
        assert err == b"error: standard output can't be written: No space left on device\n"
        assert out == b""


@pytest.mark.parametrize("words", ["list", "list --format json", "info once", "config", "--help", "run nope"])
def test_a_closed_standard_output_is_one_that_nobody_reads(scripts: Home, words: str) -> None:
    """As with any Python program."""
    for _ in range(3):
        code, _, err = shell(scripts, f"pyst {words} >&-")
        assert code == (127 if words == "run nope" else 0)
        assert (err == b"") == (code == 0)


@pytest.mark.parametrize("words", ["list", "info once", "run once", "run --timeout 60 once", "trust once"])
def test_streams_that_are_closed_are_no_trouble(scripts: Home, words: str) -> None:
    for redirect in ("<&-", "2>&-", "<&- 2>&-"):
        code, out, err = shell(scripts, f"pyst {words} {redirect}")
        assert code == 0, (redirect, err)
        assert out
        assert err == b""


def test_an_error_that_nobody_can_be_told_keeps_its_code(scripts: Home) -> None:
    for redirect in ("2>&-", "2>/dev/full", ">&- 2>&-"):
        code, out, _ = shell(scripts, f"pyst run nope {redirect}")
        assert (code, out) == (127, b"")
    code, _, err = shell(scripts, "pyst run nope --format json > /dev/full")
    assert code == 127
    assert b"Traceback" not in err


@EVERY_WAY
def test_a_script_gets_closed_streams_as_they_are(scripts: Home, way: str) -> None:
    if way == "replayed":
        heat(scripts, "leave", "0")
    for redirect in ("<&-", "2>&-", "<&- 2>&-", ">&-", "<&- >&- 2>&-"):
        code, _, err = shell(scripts, f"pyst run {shlex.join(WAYS[way])} leave 42 {redirect}")
        assert code == 42, (redirect, err)
        assert b"Traceback" not in err


@pytest.mark.parametrize("way", ["cold", "replayed", "timed"])
def test_a_script_that_fails_to_write(scripts: Home, way: str) -> None:
    """Python ends with 120 where its standard output can't be flushed; pyst passes that on."""
    if way == "replayed":
        heat(scripts, "once")
    code, _, err = shell(scripts, f"pyst run {shlex.join(WAYS[way])} once > /dev/full")
    assert code == 120
    assert b"No space left on device" in err
