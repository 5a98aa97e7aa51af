"""The figures of `pyst mcp`: lists of many tools, calls beside the same run by hand, and what a thousand calls leave.

Speaks the protocol in raw lines, as a client over standard input and output does (generation 2026-07-28).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from figures import AT_ONCE, IN_A_ROW, Bench, Row
from ground import Ground, Install
from measure import run_once, spread
from scripts import WITH_TWO

TOOLS = 1000
WARM_CALLS = 100
"""So many calls before what the server holds is looked at for the first time."""
MOST_GROWTH_BYTES = 4 << 20
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
}


class Client:
    """One client of one server. Answers may come in any order."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._next = 0
        self._answers: dict[int, Any] = {}

    def send(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        self._next += 1
        body = {"jsonrpc": "2.0", "id": self._next, "method": method, "params": {**params, "_meta": META}}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(body).encode() + b"\n")
        self.process.stdin.flush()
        return self._next

    def answer(self, number: int) -> Any:
        """The result of a request. Raises `RuntimeError` for an error."""
        assert self.process.stdout is not None
        while number not in self._answers:
            message = json.loads(self.process.stdout.readline())
            if "id" in message:
                self._answers[message["id"]] = message
        message = self._answers.pop(number)
        if "result" not in message:
            raise RuntimeError(f"the server said {message}")
        return message["result"]

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its result."""
        return self.answer(self.send(method, **params))

    def count_tools(self) -> int:
        """How many tools there are, page by page."""
        count, cursor = 0, None
        while True:
            page = self.ask("tools/list", **({"cursor": cursor} if cursor else {}))
            count += len(page["tools"])
            cursor = page.get("nextCursor")
            if cursor is None:
                return count


def mcp(bench: Bench) -> Iterator[Row]:
    """`tools/list` of 1,000 scripts; a call beside the run by hand; fifty calls at once; a thousand in a row."""
    install = install_with_sdk(bench.ground)
    yield from _lists(bench, install)
    project = _project(bench.ground)
    with serving(bench.ground, install, project) as client:
        yield _calls(bench, install, project, client)
        yield _at_once(install, client)
        yield _in_a_row(install, client)


def install_with_sdk(ground: Ground) -> Install:
    """pyst with the extra `mcp`, in an environment of its own."""
    plain = ground.install("pip", "3.11")
    venv = ground.folder / "mcp-3.11"
    if not venv.exists():
        ground.do(plain.python, "-m", "venv", venv)
        ground.do(venv / "bin" / "python", "-m", "pip", "install", "--quiet", f"{ground.wheel}[mcp]")
    return plain._replace(how="pip, [mcp]", pyst=str(venv / "bin" / "pyst"))


@contextmanager
def serving(ground: Ground, install: Install, project: Path) -> Iterator[Client]:
    """A server in this project."""
    command = ground.pyst(install, "mcp", cwd=project)
    pipe = subprocess.PIPE
    with subprocess.Popen(command.argv, cwd=project, env=command.environ, stdin=pipe, stdout=pipe) as process:
        yield Client(process)


def _lists(bench: Bench, install: Install) -> Iterator[Row]:
    with serving(bench.ground, install, bench.ground.project(TOOLS)) as client:
        if client.count_tools() < TOOLS:
            raise RuntimeError(f"not all of {TOOLS} scripts are tools")
        times = []
        for _ in range(bench.rounds):
            began = time.perf_counter()
            client.count_tools()
            times.append(time.perf_counter() - began)
    median = statistics.median(times)
    yield Row("tools/list, 1,000 scripts, warm: ms", str(install), median, spread(times), None, median * 1000, 150, 75)


def _project(ground: Ground) -> Path:
    folder = ground.folder / "project-mcp"
    if not folder.exists():
        (folder / ".git").mkdir(parents=True)
        (folder / ".pyst").mkdir()
        (folder / ".pyst" / "two.py").write_text(WITH_TWO)
    return folder


def _calls(bench: Bench, install: Install, project: Path, client: Client) -> Row:
    """Calls and runs in turn, in an environment that is there."""
    by_hand = bench.ground.pyst(install, "run", "--sandbox", "--record", "two", cwd=project)
    said = run_once(by_hand)[1]
    calls, runs = [], []
    for number in range(bench.rounds + 3):
        began = time.perf_counter()
        result = client.ask("tools/call", name="two", arguments={})
        taken = time.perf_counter() - began
        if result["content"][0]["text"].strip() != said.strip():
            raise RuntimeError(f"the call and the run said different things:\n{result}\n{said}")
        by_hand_seconds = run_once(by_hand)[0]
        if number >= 3:
            calls.append(taken)
            runs.append(by_hand_seconds)
    medians = statistics.median(calls), statistics.median(runs)
    figure = "call, 2 dependencies / run --sandbox --record"
    return Row(figure, str(install), medians[0], spread(calls), medians[1], medians[0] / medians[1], 1.3, 1.1)


def _at_once(install: Install, client: Client) -> Row:
    began = time.perf_counter()
    numbers = [client.send("tools/call", name="two", arguments={}) for _ in range(AT_ONCE)]
    failed = sum(bool(client.answer(each).get("isError")) for each in numbers)
    return Row("fifty calls at once: failed", str(install), time.perf_counter() - began, 0.0, None, failed, 0, 0)


def _in_a_row(install: Install, client: Client) -> Row:
    """How many kinds of things grew over a thousand calls: processes, descriptors, threads, memory."""
    pid = client.process.pid
    for _ in range(WARM_CALLS):
        client.ask("tools/call", name="two", arguments={})
    before, times = _held(pid), []
    for _ in range(IN_A_ROW):
        began = time.perf_counter()
        client.ask("tools/call", name="two", arguments={})
        times.append(time.perf_counter() - began)
    after = _held(pid)
    allowed = {name: MOST_GROWTH_BYTES if name == "bytes" else 0 for name in after}
    grown = sum(after[name] - before[name] > allowed[name] for name in after)
    note = ", ".join(f"{name}: {before[name]} before, {after[name]} after" for name in after)
    figure = "a thousand calls in a row: things grown"
    return Row(figure, str(install), statistics.median(times), spread(times), None, grown, 0, 0, note)


def _held(pid: int) -> dict[str, int]:
    """What the server holds now."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    parents = [_parent(each) for each in os.listdir("/proc") if each.isdecimal()]
    return {
        "children": parents.count(pid),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(status["Threads"]),
        "bytes": int(status["VmRSS"].split()[0]) << 10,
    }


def _parent(pid: str) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(text[text.rindex(")") + 2 :].split()[1])
