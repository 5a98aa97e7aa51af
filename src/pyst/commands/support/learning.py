"""The runs that a skill can be learned from: listed by their headers, read as steps, and what could be made of them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.agents.skills.learned import Step
    from pyst.app import App
    from pyst.records.record import Record

MOST_HISTORY_BYTES = 256 << 10
MOST_INPUT_BYTES = 1 << 20
MOST_PROPOSALS = 5
MOST_OUTPUTS = 40


def recent_runs(app: App, output_dir: str, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The newest runs, by the index and by the history of the output folder: headers alone, and how many there are."""
    from pyst.records.index import Query, find_runs

    found = find_runs(app.paths.state, Query(limit=limit))
    rows = {row["run_id"]: _from_index(row) for row in found.rows}
    beside = _folder_history(os.path.join(app.cwd, output_dir))
    total = found.total
    for row in beside:
        if row["run_id"] not in rows and not _is_indexed(app, row["run_id"]):
            rows[row["run_id"]] = row
            total += 1
    newest = sorted(rows.values(), key=lambda row: (row["started_at"], row["run_id"]), reverse=True)
    return newest[:limit], total


def _from_index(row: dict[str, Any]) -> dict[str, Any]:
    same = ("run_id", "task", "status", "exit_code", "started_at", "duration_seconds", "outputs")
    script = row["script"]
    return {**{key: row[key] for key in same}, "script": script["path"] or script["selector"], "source": "index"}


def _is_indexed(app: App, run_id: str) -> bool:
    from pyst.records.reading import record_path

    return os.path.lexists(record_path(app.paths.state, run_id))


def _folder_history(folder: str) -> list[dict[str, Any]]:
    """The rows of `.history.jsonl`, from its end; lines that are none are passed over. It may be anybody's file."""
    path = os.path.join(folder, ".history.jsonl")
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return []
    with open(fd, "rb") as file:
        about = os.fstat(fd)
        if about.st_mode & 0o170000 != 0o100000:
            return []
        file.seek(max(0, about.st_size - MOST_HISTORY_BYTES))
        lines = file.read(MOST_HISTORY_BYTES).split(b"\n")
    return [row for row in map(_from_history, lines) if row is not None]


def _from_history(line: bytes) -> dict[str, Any] | None:
    from pyst.records.ids import is_run_id

    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kinds: dict[str, Any] = {
        "run_id": str,
        "task": str,
        "status": str,
        "exit_code": (int, type(None)),
        "started_at": str,
        "duration_seconds": (int, float, type(None)),
        "script": str,
        "outputs": int,
    }
    if not isinstance(data, dict) or not all(isinstance(data.get(key, ...), kind) for key, kind in kinds.items()):
        return None
    if not is_run_id(data["run_id"]) or isinstance(data["outputs"], bool) or data["outputs"] < 0:
        return None
    return {**{key: data[key] for key in kinds}, "source": "folder"}


def proposals_of(app: App, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What could be learned: for each task that went well, a skill to make or to merge, those done most often first."""
    from pyst.agents.skills.skill import skill_name

    by_task: dict[str, list[str]] = {}
    for row in rows:
        if row["status"] == "ok" and skill_name(row["task"]):
            by_task.setdefault(skill_name(row["task"]), []).append(row["run_id"])
    found = []
    for name, runs in sorted(by_task.items(), key=lambda pair: -len(pair[1]))[:MOST_PROPOSALS]:
        folder = folder_of(app, name)
        exists = os.path.isfile(os.path.join(app.cwd, folder, name, "SKILL.md"))
        times = f"done {len(runs)} times" if len(runs) > 1 else "done once"
        proposal = {"proposal": "merge" if exists else "create", "name": name, "runs": runs, "reason": times}
        command = f"pyst learn --from {runs[0]} --name {name}"
        found.append({**proposal, "path": os.path.join(folder, name) if exists else None, "command": command})
    return found


def folder_of(app: App, name: str) -> str:
    """The folder of skills that has one of this name; `skills`, where none has."""
    from pyst.commands.support.skill_folders import CLAUDE, HERE

    for folder in (HERE, CLAUDE, os.path.join(app.workspace.root, CLAUDE), os.path.join(app.paths.home, CLAUDE)):
        if os.path.isfile(os.path.join(app.cwd, folder, name, "SKILL.md")):
            return folder
    return HERE


def find_step(app: App, run: str, output_dir: str, privacy: str) -> Step:
    """The run as a step of a skill. Raises `Failure` (E_NO_RUN, E_RECORD_BROKEN)."""
    from pyst.agents.skills.learned import Step

    record = _find_record(app, run, output_dir)
    outputs = tuple((each.path, each.format, each.bytes) for each in record.outputs[:MOST_OUTPUTS])
    return Step(
        record.run_id,
        record.task,
        _word_of(app, record, privacy),
        _options_of(record),
        record.argv,
        _shape_of(app, record),
        record.status,
        record.exit_code,
        tuple((path.replace(record.run_id, "RUN_ID"), kind, size) for path, kind, size in outputs),
    )


def _find_record(app: App, run: str, output_dir: str) -> Record:
    """The record in pyst's own state, else the manifest of that run in the output folder."""
    from pyst.records.reading import find_record, read_record

    try:
        return find_record(app.paths.state, run)
    except Failure as failure:
        if failure.code != "E_NO_RUN":
            raise
        folder = os.path.join(app.cwd, output_dir)
        try:
            names = [each for each in os.listdir(folder) if each.endswith(".manifest.json")]
        except OSError:
            names = []
        meant = [each for each in names if each.removesuffix(".manifest.json").rpartition(".")[2].startswith(run)]
        if len(meant) != 1 or not run:
            raise
        return read_record(os.path.join(folder, meant[0]))


def _word_of(app: App, record: Record, privacy: str) -> str:
    """What stands behind `pyst run`: the script's name where it has one, else its path, told as near as can be."""
    script = record.script
    if script.origin in ("project", "global", "installed"):
        return script.name
    if script.path is None:
        return "CODE.py"
    root = app.workspace.root.rstrip("/") + "/"
    if script.path.startswith(root):
        inner = script.path[len(root) :]
        return inner if "/" in inner or inner.endswith(".py") else f"./{inner}"
    return script.path if privacy == "local" else f"PATH/TO/{os.path.basename(script.path)}"


def _options_of(record: Record) -> tuple[str, ...]:
    """pyst's own options of the run, as far as they are part of how it is done."""
    options = record.options
    words: list[str] = []
    for each in options.with_:
        words += ["--with", each]
    if options.python:
        words += ["--python", options.python]
    if options.timeout_seconds is not None:
        words += ["--timeout", f"{options.timeout_seconds:g}"]
    if record.confinement:
        words.append("--sandbox")
    if record.input:
        words += ["--input-path", f"temp/{record.task}.input.json"]
    return (*words, "--output-dir", "temp")


def _shape_of(app: App, record: Record) -> tuple[tuple[str, str], ...] | None:
    """The form of the run's input; None where it had none, or it is no longer kept."""
    from pyst.agents.skills.learned import shape_of
    from pyst.records.objects import read

    if record.input is None or record.input.bytes > MOST_INPUT_BYTES:
        return None
    data = read(app.paths.state, record.input.sha256)
    try:
        return shape_of(json.loads(data)) if data is not None else None
    except (ValueError, RecursionError):
        return None
