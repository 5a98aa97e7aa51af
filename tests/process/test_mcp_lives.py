"""Calls of `pyst mcp` under way: their progress, their end, and that nothing outlives the one that asked for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Home
from tests.support.mcp_lines import ENVELOPE, Lines, living, serving, text_of
from tests.support.runs import wait_until

STUBBORN = '''
def main(mark: str):
    """Wait for ever, with a child that does too, and end for nobody."""
    import signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark], start_new_session=True)
    time.sleep(600)
'''
WAITING = '''
def main(path: str):
    """Wait for a file."""
    import os, time
    while not os.path.exists(path):
        time.sleep(0.02)
    print("it came")
'''


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("stubborn", STUBBORN)
    home.script("waiting", WAITING)
    return home


def begin(lines: Lines, mark: str, *, processes: int = 2) -> int:
    """Call the stubborn script, and wait until it and its child are there."""
    number = lines.send("tools/call", {"name": "stubborn", "arguments": {"mark": mark}})
    wait_until(lambda: sum(_is_script(pid) for pid in living(mark)) >= processes, "the script and its child")
    return number


def _is_script(pid: int) -> bool:
    try:
        return b"pyst/boot.py" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def cancelled(lines: Lines, number: int) -> None:
    lines.notify("notifications/cancelled", {"requestId": number, "reason": "enough"})


def closed(lines: Lines, number: int) -> None:
    assert lines.process.stdin is not None
    lines.process.stdin.close()


def terminated(lines: Lines, number: int) -> None:
    lines.process.terminate()


def killed(lines: Lines, number: int) -> None:
    lines.process.kill()


WAYS: list[Callable[[Lines, int], None]] = [cancelled, closed, terminated, killed]


@pytest.mark.parametrize("unconfined", [False, True], ids=["confined", "unconfined"])
@pytest.mark.parametrize("end", WAYS, ids=lambda each: each.__name__)
def test_whatever_ends_a_call_ends_its_tree(scripts: Home, end: Callable[[Lines, int], None], unconfined: bool) -> None:
    words = ["--allow-unsandboxed"] if unconfined else []
    mark = uuid4().hex
    with serving(scripts.environ, scripts.project, *words, modern=True) as lines:
        number = begin(lines, mark, processes=2 if unconfined else 1)
        end(lines, number)
        wait_until(lambda: not living(mark), "the end of the tree")
        if end is cancelled:
            assert lines.call("pyst_list_scripts")["structuredContent"]["total"] == 2
            assert not [each for each in lines.heard if each.get("id") == number]


def test_a_cancelled_run_has_a_record(scripts: Home) -> None:
    mark = uuid4().hex
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        cancelled(lines, begin(lines, mark, processes=1))
        wait_until(lambda: not living(mark), "the end of the tree")
        text = lines.ask("resources/read", {"uri": "pyst://runs"})["contents"][0]["text"]
        assert '"status": "killed"' in text or '"status": "lost"' in text


def test_a_server_that_was_told_to_end_says_so_by_its_exit(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project) as lines:
        lines.process.send_signal(signal.SIGINT)
        assert lines.process.wait(30) == 0


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_progress_is_told_while_a_call_runs(scripts: Home, tmp_path: Path, modern: bool) -> None:
    with serving(scripts.environ, scripts.project, "--allow-unsandboxed", modern=modern) as lines:
        path = tmp_path / "go"
        arguments = {"name": "waiting", "arguments": {"path": str(path)}}
        number = lines.send("tools/call", arguments, meta={"progressToken": "t1"})
        told = [lines.told("notifications/progress")["params"] for _ in range(2)]
        path.touch()
        assert text_of(lines.answer(number)["result"]) == "it came"
        assert [each["progressToken"] for each in told] == ["t1", "t1"]
        assert told[0]["progress"] < told[1]["progress"]
        assert "running" in told[1]["message"]


def test_no_progress_is_told_to_who_did_not_ask(scripts: Home, tmp_path: Path) -> None:
    with serving(scripts.environ, scripts.project, "--allow-unsandboxed", modern=True) as lines:
        quiet = lines.send("tools/call", {"name": "waiting", "arguments": {"path": str(tmp_path / "go")}})
        arguments = {"name": "waiting", "arguments": {"path": str(tmp_path / "go")}}
        loud = lines.send("tools/call", arguments, meta={"progressToken": 7})
        assert lines.told("notifications/progress")["params"]["progressToken"] == 7
        (tmp_path / "go").touch()
        for number in (quiet, loud):
            lines.answer(number)
        tokens = [each["params"]["progressToken"] for each in lines.heard if "method" in each]
        assert set(tokens) == {7}


def test_a_call_that_takes_too_long_is_ended(scripts: Home, tmp_path: Path) -> None:
    with serving(scripts.environ, scripts.project, "--timeout", "1", modern=True) as lines:
        result = lines.call("waiting", path=str(tmp_path / "never"))
        assert result["isError"]
        assert result["structuredContent"]["status"] == "timed_out"
        assert "E_TIMEOUT" in str(result["structuredContent"]["diagnostics"])


def test_a_client_may_ask_for_less_time_but_not_for_more(scripts: Home, tmp_path: Path) -> None:
    words = [str(tmp_path / "never")]
    with serving(scripts.environ, scripts.project, "--timeout", "1", modern=True) as lines:
        for seconds in (0.5, 1e6):
            result = lines.call("pyst_run_script", name="waiting", arguments=words, timeout_seconds=seconds)
            assert result["structuredContent"]["status"] == "timed_out"


@pytest.mark.sweep
def test_fifty_calls_at_once_all_get_their_own_answer(home: Home) -> None:
    home.script("echo", 'def main(word: str) -> str:\n    """Say it."""\n    return word\n')
    with serving(home.environ, home.project, modern=True) as lines:
        numbers = {
            lines.send("tools/call", {"name": "echo", "arguments": {"word": f"w{each}"}}): each for each in range(50)
        }
        runs = set()
        for number, each in numbers.items():
            content: dict[str, Any] = lines.answer(number, 240)["result"]["structuredContent"]
            assert content["result"] == f"w{each}"
            runs.add(content["run_id"])
        assert len(runs) == 50
        left = [pid for pid in _below(lines.process.pid) if b"warden" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert left == []


def _below(pid: int) -> list[int]:
    from pyst.system.process_tree import descendants

    return sorted(descendants(pid))


def test_lists_answer_while_calls_wait_for_their_turn(scripts: Home, tmp_path: Path) -> None:
    with serving(scripts.environ, scripts.project, "--allow-unsandboxed", modern=True) as lines:
        path = tmp_path / "go"
        numbers = [lines.send("tools/call", {"name": "waiting", "arguments": {"path": str(path)}}) for _ in range(20)]
        assert "waiting" in lines.tools()
        queued = [each for each in numbers if not any(said.get("id") == each for said in lines.heard)]
        cancelled(lines, queued[-1])
        path.touch()
        for number in numbers[:-1]:
            assert text_of(lines.answer(number, 120)["result"]) == "it came"


@pytest.mark.parametrize("modern", [False, True], ids=["legacy", "modern"])
def test_changes_of_the_list_are_told(scripts: Home, modern: bool) -> None:
    with serving(scripts.environ, scripts.project, modern=modern) as lines:
        assert "fresh" not in lines.tools()
        if modern:
            lines.send("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
            lines.told("notifications/subscriptions/acknowledged")
        scripts.script("fresh", 'def main():\n    """New."""\n')
        lines.told("notifications/tools/list_changed")
        assert "fresh" in lines.tools()
        (scripts.project / ".pyst" / "fresh.py").unlink()
        lines.told("notifications/tools/list_changed")
        assert "fresh" not in lines.tools()


def test_new_runs_are_told_to_who_asked(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        lines.send("subscriptions/listen", {"notifications": {"resourceSubscriptions": ["pyst://runs"]}})
        lines.told("notifications/subscriptions/acknowledged")
        lines.call("pyst_gc")
        lines.call("pyst_run_code", code="print(1)")
        assert lines.told("notifications/resources/updated")["params"]["uri"] == "pyst://runs"


def test_a_change_of_the_settings_is_one_of_the_list(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project) as lines:
        assert "stubborn" in lines.tools()
        (scripts.project / ".pyst.toml").write_text('[contexts.default]\nenabled = ["*", "!stubborn"]\n')
        lines.told("notifications/tools/list_changed")
        assert "stubborn" not in lines.tools()
        assert lines.refused("tools/call", {"name": "stubborn", "arguments": {"mark": "x"}})["code"] == -32602


def test_a_client_that_never_reads_keeps_no_server(scripts: Home) -> None:
    source = str(Path(__file__).parents[2] / "src")
    argv = [sys.executable, "-P", "-m", "pyst", "mcp"]
    pipe = subprocess.PIPE
    environ = {**scripts.environ, "PYTHONPATH": source}
    with subprocess.Popen(argv, cwd=scripts.project, env=environ, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        for number in range(200):
            meta = {"_meta": ENVELOPE}
            body = {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": meta}
            process.stdin.write(json.dumps(body).encode() + b"\n")
        process.stdin.close()
        try:
            assert process.wait(60) == 0
        finally:
            process.kill()


def test_the_warden_goes_with_its_server(scripts: Home) -> None:
    with serving(scripts.environ, scripts.project, modern=True) as lines:
        lines.call("pyst_gc")
        wardens = [pid for pid in _below(lines.process.pid) if b"warden" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(wardens) == 1
        lines.process.kill()
        wait_until(lambda: not os.path.exists(f"/proc/{wardens[0]}"), "the end of the warden")
