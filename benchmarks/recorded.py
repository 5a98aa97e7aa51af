"""The figures of recorded runs: what a record costs, how long the history takes, and what its index costs anew."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from figures import BY_PIP, Bench, Row
from measure import Command, compare, run_once, spread

RUNS, A_DAY = 10_000, 100


def history(bench: Bench) -> Iterator[Row]:
    """`pyst history` of 10,000 runs: warm, with one new run each time, and with no index. The whole process."""
    state = bench.ground.folder / "state"
    for number in range(RUNS):
        _record(state / "pyst", number)
    later = iter(range(RUNS, 2 * RUNS))
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        command = bench.ground.pyst(install, "history")
        ours = command._replace(environ={**command.environ, "XDG_STATE_HOME": str(state)})
        bare = bench.ground.bare(install, "-c", "pass")
        said = run_once(ours._replace(argv=(*ours.argv, "--format", "json")))[1]
        if json.loads(said)["detail"]["total"] < RUNS:
            raise RuntimeError(f"the history does not have {RUNS} runs")
        yield _row(bench, "history of 10,000, warm: ms", install, ours, bare, 120, 60)
        new = compare(ours, bare, bench.rounds, before=lambda: _record(state / "pyst", next(later)))
        seconds = statistics.median(new.ours)
        figure = "  (with a new run each time: ms)"
        yield Row(figure, str(install), seconds, spread(new.ours), statistics.median(new.peers), seconds * 1000)
        rounds = max(4, bench.rounds // 4)
        cold = [run_once(ours._replace(argv=(*ours.argv, "--reindex")))[0] for _ in range(rounds)]
        seconds = statistics.median(cold)
        yield Row("  (its index made anew: seconds)", str(install), seconds, spread(cold), None, seconds)


def _row(bench: Bench, figure: str, where: object, ours: Command, peer: Command, must: float, aim: float) -> Row:
    row = bench.row(figure, where, ours, peer, must, aim)
    return row._replace(value=row.seconds * 1000)


def _record(state: Path, number: int) -> None:
    """Write the record of a run that never was, as pyst writes it: whole, by a rename."""
    minutes = number % A_DAY * (24 * 60 // A_DAY)
    day = f"2026-{1 + number // A_DAY // 28 % 12:02}-{1 + number // A_DAY % 28:02}"
    run_id = f"{day.replace('-', '')}T{minutes // 60:02}{minutes % 60:02}00Z-{number:08x}"
    path = state / "runs" / day / f"{run_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(
        json.dumps(_data(run_id, f"{day}T{minutes // 60:02}:{minutes % 60:02}:00.000Z", number), indent=2)
    )
    os.replace(beside, path)


def _data(run_id: str, time: str, number: int) -> dict[str, Any]:
    name, folder = f"task-{number % 7}", "/home/you/project"
    has_failed = number % 9 == 0
    output = {"role": "output", "format": "json", "bytes": 512, "sha256": "c" * 64, "declared": False, "notes": {}}
    script = {"name": name, "selector": f"project:{name}", "origin": "project", "path": f"{folder}/.pyst/{name}.py"}
    options = {"with": [], "python": None, "is_async": False, "context": None, "forced": False}
    environment = {"key": "0" * 24, "path": "/cache/0", "requirements": ["six"], "lock": None, "project": None}
    return {
        "schema": "pyst-record/1",
        "run_id": run_id,
        "task": name,
        "status": "failed" if has_failed else "ok",
        "exit_code": int(has_failed),
        "signal": None,
        "limit": None,
        "started_at": time,
        "ended_at": time,
        "duration_seconds": 0.5,
        "script": {**script, "sha256": "a" * 64, "bytes": 900},
        "argv": ["--number", str(number)],
        "masked": False,
        "cwd": folder,
        "options": {**options, "timeout_seconds": None, "env_files": []},
        "variables": [f"VARIABLE_{at}" for at in range(40)],
        "environment": environment,
        "interpreter": {"path": "/usr/bin/python3", "version": "3.13.0", "implementation": "cpython"},
        "input": {"path": f"{folder}/in.json", "bytes": 30, "sha256": "b" * 64},
        "output_dir": f"{folder}/temp",
        "manifest": f"{folder}/temp/{name}.{run_id}.manifest.json",
        "log": {"path": f"{folder}/temp/log", "bytes": 9, "seen_bytes": 9, "cap_bytes": 1 << 20, "truncated": False},
        "stdout": {"bytes": 9, "sha256": "d" * 64, "path": None},
        "outputs": [{"path": f"{at}.json", **output} for at in range(3)],
        "skipped": [],
        "omitted": 0,
        "concurrent": False,
        "confinement": None,
        "replay_of": None,
        "pyst": "0.1.0",
        "process": None,
    }


def file_first(bench: Bench) -> Iterator[Row]:
    """What a record costs: milliseconds over the plain run of the same script, both warm. The whole process."""
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        path = str(bench.ground.script(f"{version}-writes.py", WRITES))
        folder = bench.ground.folder / f"{version}-output"
        folder.mkdir()
        given = folder / "given.json"
        given.write_text('{"rows": 3}')
        plain = bench.ground.pyst(install, "run", path, str(folder))
        words = {
            "file-first run / plain run: ms more": ("--input-path", str(given), "--output-dir", str(folder)),
            "  (run --record / plain run: ms more)": ("--record",),
        }
        for figure, options in words.items():
            ours = bench.ground.pyst(install, "run", *options, path, str(folder))
            pair = compare(ours, plain, 2 * bench.rounds)  # a difference of two times varies more than a ratio
            more = statistics.median(mine - theirs for mine, theirs in zip(pair.ours, pair.peers, strict=True)) * 1000
            bounds = (15.0, 10.0) if given.name in str(options) else (None, None)
            medians = statistics.median(pair.ours), statistics.median(pair.peers)
            yield Row(figure, str(install), medians[0], spread(pair.ours), medians[1], more, *bounds)
        if not list(folder.glob("*.manifest.json")):
            raise RuntimeError("the file-first runs left no manifest")


WRITES = """\
import os
import sys

with open(os.path.join(sys.argv[1], "result.json"), "w") as file:
    file.write('{"rows": 3}')
print("done")
"""

FIGURES: dict[str, Callable[[Bench], Iterator[Row]]] = {"history": history, "file-first": file_first}
