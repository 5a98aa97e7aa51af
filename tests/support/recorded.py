"""Records of runs that never were, for what reads records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyst.records.reading import record_path
from pyst.records.record import Record, from_json, to_json

SHA = "0" * 64


def record_data(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A record as JSON data; `number` sets its id and its time apart from others. `a__b` changes `b` in `a`."""
    day, second = 1 + number // 60 % 28, number % 60
    time = f"2026-03-{day:02}T10:00:{second:02}.000Z"
    data: dict[str, Any] = {
        "schema": "pyst-record/1",
        "run_id": f"202603{day:02}T1000{second:02}Z-{number:08x}",
        "task": "hello",
        "status": "ok",
        "exit_code": 0,
        "signal": None,
        "limit": None,
        "started_at": time,
        "ended_at": time,
        "duration_seconds": 0.25,
        "script": {
            "name": "hello",
            "selector": "project:hello",
            "origin": "project",
            "path": "/p/.pyst/hello.py",
            "sha256": SHA,
            "bytes": 5,
        },
        "argv": [],
        "masked": False,
        "cwd": "/p",
        "options": {
            "with": [],
            "python": None,
            "is_async": False,
            "context": None,
            "forced": False,
            "timeout_seconds": None,
            "env_files": [],
        },
        "variables": ["HOME"],
        "environment": {"key": None, "path": None, "requirements": [], "lock": None, "project": None},
        "interpreter": {"path": "/usr/bin/python3", "version": "3.11.7", "implementation": "cpython"},
        "input": None,
        "output_dir": "/p/temp",
        "manifest": "/p/temp/m.json",
        "log": {"path": "/p/temp/l.txt", "bytes": 0, "seen_bytes": 0, "cap_bytes": 100, "truncated": False},
        "stdout": None,
        "outputs": [],
        "skipped": [],
        "omitted": 0,
        "concurrent": False,
        "confinement": None,
        "replay_of": None,
        "pyst": "0.0",
        "process": None,
    }
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if inner:
            data[outer][inner] = value
        else:
            data[outer] = value
    return data


def a_record(number: int = 0, **changes: Any) -> Record:
    """The same as a value."""
    return from_json(record_data(number, **changes))


def put_record(state: Path, record: Record) -> Path:
    """Write it where records lie, as pyst does: whole, by renaming."""
    path = Path(record_path(str(state), record.run_id))
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(to_json(record)))
    beside.rename(path)
    return path
