"""Captured streams: every byte in the file, bounded memory, and no reader or writer that can hold pyst up."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.runs import command, is_alive, pids_in, run, start, wait_until

MIB = 1 << 20
SPILL = "import sys; n = int(sys.argv[1]); b = bytes(range(256)) * 4096\nfor _ in range(n): sys.stdout.buffer.write(b)"


def _captured(tmp_path: Path, **asked: Any) -> tuple["subprocess.CompletedProcess[bytes]", dict[str, Any]]:
    report = tmp_path / "report"
    ended = run(capture=str(tmp_path), report=str(report), **asked)
    return ended, json.loads(report.read_text())


def test_both_streams_are_kept_apart_and_private(tmp_path: Path) -> None:
    ended, told = _captured(tmp_path, script="import sys; print('out'); print('err', file=sys.stderr); sys.exit(5)")
    assert (ended.returncode, ended.stdout, ended.stderr) == (5, b"", b"")
    for name, text in (("stdout", b"out\n"), ("stderr", b"err\n")):
        path = tmp_path / name
        assert path.read_bytes() == text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert told[name] == [str(path), 4, 0, 4, 0]
    assert told["truncated"] is False


def test_echo_passes_the_streams_on(tmp_path: Path) -> None:
    script = "import sys; sys.stdout.write('o' * 300_000); sys.stderr.write('e' * 300_000)"
    ended, _ = _captured(tmp_path, script=script, echo=True)
    assert (ended.stdout, ended.stderr) == (b"o" * 300_000, b"e" * 300_000)
    assert (tmp_path / "stdout").read_bytes() == ended.stdout
    assert (tmp_path / "stderr").read_bytes() == ended.stderr


def _much(tmp_path: Path, mib: int, echo: bool) -> None:
    report = tmp_path / "report"
    argv = [sys.executable, "-c", SPILL, str(mib)]
    asked = command(argv=argv, capture=str(tmp_path), report=str(report), echo=echo, preview=4096)
    with open(tmp_path / "echoed", "wb") as echoed:
        ended = subprocess.run(asked, stdin=subprocess.DEVNULL, stdout=echoed, timeout=300)
    assert ended.returncode == 0
    told = json.loads(report.read_text())
    assert told["stdout"][1:] == [mib * MIB, 0, 2048, 2048]
    assert told["most_kib"] < 64 * 1024
    block = bytes(range(256)) * 4096
    for path in [tmp_path / "stdout"] + [tmp_path / "echoed"] * echo:
        assert path.stat().st_size == mib * MIB
        with open(path, "rb") as file:
            assert all(file.read(MIB) == block for _ in range(mib))
        path.unlink()


@pytest.mark.parametrize("echo", [False, True])
def test_much_output_in_little_memory(tmp_path: Path, echo: bool) -> None:
    _much(tmp_path, 64, echo)


@pytest.mark.sweep
@pytest.mark.parametrize("echo", [False, True])
def test_a_gibibyte_of_output_in_little_memory(tmp_path: Path, echo: bool) -> None:
    _much(tmp_path, 1024, echo)


def test_a_full_disk_does_not_stop_the_run(tmp_path: Path) -> None:
    """`RLIMIT_FSIZE` of pyst stands for the full disk: a write fails, the script's own writes are to a pipe."""
    report = tmp_path / "report"
    script = "print('x' * 99_999); import sys; print('whole', file=sys.stderr); sys.exit(9)"
    asked = command(script=script, capture=str(tmp_path), report=str(report), preview=20)
    ended = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *asked], stdin=subprocess.DEVNULL, timeout=60
    )
    assert ended.returncode == 9
    told = json.loads(report.read_text())
    kept = (tmp_path / "stdout").stat().st_size
    assert told["truncated"] is True
    assert told["stdout"][1:3] == [100_000, 100_000 - kept]
    assert 0 < kept < 100_000
    assert told["stderr"][1:3] == [6, 0]


def test_a_process_left_behind_does_not_hold_the_streams(tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f"""
import os, signal, time
print("before", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open({str(note)!r}, "w").write(f"{{os.getpid()}}\\n")
        time.sleep(120)
while not os.path.exists({str(note)!r}) or not open({str(note)!r}).read():
    time.sleep(0.02)
"""
    ended, told = _captured(tmp_path, script=script, end_leftovers=False)
    (pid,) = pids_in(note, 1)
    try:
        assert is_alive(pid)
        assert ended.returncode == 0
        assert told["stdout"][1] == 7
    finally:
        subprocess.run(["kill", "-9", str(pid)])


def test_a_reader_that_leaves_ends_a_captured_stream_too(tmp_path: Path) -> None:
    asked = command(argv=["/bin/sh", "-c", "while echo y; do :; done 2>&-"], capture=str(tmp_path), echo=True)
    line = '"$@" | head -1'
    ended = subprocess.run(["/bin/sh", "-c", line, "sh", *asked], capture_output=True, timeout=60)
    assert (ended.stdout, ended.stderr) == (b"y\n", b"")


def test_a_reader_that_does_not_read_does_not_delay_the_end_of_the_time(tmp_path: Path) -> None:
    asked = {"argv": ["/bin/sh", "-c", "while echo y; do :; done"], "timeout": 1, "grace": 0.2}
    with start(capture=str(tmp_path), echo=True, **asked) as process:
        process.wait(timeout=60)
        assert process.returncode == 124


def test_a_reader_that_does_not_read_does_not_hold_back_a_signal(tmp_path: Path) -> None:
    """The script has ended and its last words wait for the reader: the keys of the person still count."""
    note = tmp_path / "note"
    script = f"import os; print('x' * 500_000); open({str(note)!r}, 'w').write(f'{{os.getpid()}}\\n')"
    with start(script=script, capture=str(tmp_path), echo=True) as process:
        (pid,) = pids_in(note, 1)
        wait_until(lambda: not is_alive(pid), "the end of the script")

        def ended() -> bool:
            process.terminate()  # again: one that comes before the end is noticed is the script's, which is gone
            return process.poll() is not None

        wait_until(ended, "the end of the run")
    assert process.returncode in (0, -signal.SIGTERM)  # the latter where one more came when all was done
    assert (tmp_path / "stdout").stat().st_size == 500_001


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "no folder"])
def test_a_file_that_cannot_be_made_is_a_failure(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stdout"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    folder = tmp_path / "nowhere" if kind == "no folder" else tmp_path
    ended = run(script="print('ran')", capture=str(folder))
    assert (ended.returncode, ended.stderr[:7]) == (1, b"E_WRITE")
    assert not (tmp_path / "elsewhere").exists()
