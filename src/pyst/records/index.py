"""The index of all recorded runs: an embedded database that can be made again from the records at any time.

Owns `<state>/history-v1.db` and its lock. The records under `<state>/runs/<day>/` are the truth; a folder of a day is
listed again when its time of change says so, and only records that are new or were still running are read. A database
that is damaged, of another version or absent is made anew without a word; where the state folder can't be written (or
another pyst keeps the lock too long), the same is done in memory. A record that can't be read is told, never deleted.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from binascii import crc32
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from pyst.errors import Failure
from pyst.records.ids import is_run_id
from pyst.records.reading import is_alive, read_as_written, runs_folder
from pyst.records.record import LOST, RUNNING, Process, Record

VERSION = 1
APPLICATION = 0x70797374  # "pyst"
PATIENCE_SECONDS = 5.0
"""How long another pyst is waited for, before the index is made in memory."""
CACHE_KIBIBYTES = 64 << 10
"""What a transaction may hold in memory: one that spills over keeps readers out before its end."""
SHOWN_WORDS, SHOWN_CHARACTERS = 20, 200
"""How much of the arguments a row tells."""
MOST_UNREADABLE = 20
"""How many records that can't be read are named; all are counted."""

TABLES = """
CREATE TABLE days(day TEXT PRIMARY KEY, mtime_ns INTEGER NOT NULL);
CREATE TABLE runs(run_id TEXT PRIMARY KEY, day TEXT NOT NULL, started_at TEXT NOT NULL, name TEXT NOT NULL,
  selector TEXT NOT NULL, path TEXT, task TEXT NOT NULL, status TEXT NOT NULL, pid INTEGER, started TEXT,
  shown TEXT NOT NULL, seal INTEGER NOT NULL);
CREATE INDEX runs_started_at ON runs(started_at DESC, run_id DESC);
CREATE INDEX runs_day ON runs(day);
CREATE TABLE unreadable(path TEXT PRIMARY KEY, day TEXT NOT NULL, reason TEXT NOT NULL);
"""


class Query(NamedTuple):
    """Which runs are meant: all that fit what is not None. `since` and `until` are moments as records tell them.

    `script` is a name or a selector, `script_path` the path that goes with it. `limit` None is no limit. `under` is a
    folder that they ran in, or below.
    """

    script: str | None = None
    script_path: str | None = None
    statuses: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    task: str | None = None
    limit: int | None = 20
    under: str | None = None


class Found(NamedTuple):
    """The rows of a query, newest first, how many there are without its limit, and records that can't be read."""

    rows: tuple[dict[str, Any], ...]
    total: int
    unreadable: tuple[tuple[str, str], ...] = ()
    unreadable_total: int = 0


class _Unusable(Exception):
    """A database that is not what this pyst would have made."""


def find_runs(state: str, query: Query, *, remake: bool = False) -> Found:
    """The runs that the query means. With `remake`, the index is made anew from the records first. Never raises for
    what has become of the index."""
    for attempt in (remake, True):
        try:
            with closing(_on_disk(state, attempt)) as database:
                return _found(database, query)
        except (OSError, sqlite3.OperationalError, TimeoutError):
            break  # it can't be written, or others have it
        except (sqlite3.Error, _Unusable, ValueError):
            continue
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        _make_tables(database)
        _bring_up_to_date(database, state)
        return _found(database, query)


def _on_disk(state: str, remake: bool) -> sqlite3.Connection:
    """The index in the state folder. Raises `OSError`, `sqlite3.Error`, `TimeoutError`."""
    if not os.path.isdir(runs_folder(state)):
        raise FileNotFoundError(runs_folder(state))  # nothing was recorded, and nothing is made
    path = os.path.join(state, f"history-v{VERSION}.db")
    if not remake:
        database = None
        try:
            database = _connected(path)
            if not _stale_days(database, state):
                return database
        except (sqlite3.DatabaseError, _Unusable, FileNotFoundError):
            pass
        if database is not None:
            database.close()
    with _locked(os.path.join(state, f"history-v{VERSION}.lock")):
        return _brought_up_to_date(path, state, remake)


def _brought_up_to_date(path: str, state: str, remake: bool) -> sqlite3.Connection:
    """The index on disk with what is new, or made anew. The caller holds the lock: nobody else writes."""
    for anew in (False, True):
        database = None
        try:
            database = _created(path) if anew else _connected(path)
            if remake and not anew and database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise _Unusable
            _bring_up_to_date(database, state, remake=remake)
        except (sqlite3.DatabaseError, _Unusable, FileNotFoundError) as error:
            if database is not None:
                database.close()
            if anew or getattr(error, "sqlite_errorcode", 0) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
                raise
        else:
            return database
    raise AssertionError("the last attempt returns or raises")


def _connected(path: str) -> sqlite3.Connection:
    """The database that is there. Raises `_Unusable`, `FileNotFoundError`, `sqlite3.Error`."""
    if os.lstat(path).st_mode & 0o170000 != 0o100000:
        raise _Unusable
    database = _connect(path)
    try:
        told = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        if told != [APPLICATION, VERSION]:
            raise _Unusable
    except BaseException:
        database.close()
        raise
    return database


def _created(path: str) -> sqlite3.Connection:
    """A new database in place of whatever is there. The caller holds the lock."""
    from pyst.system.files import open_own_file

    for each in (path, *(path + suffix for suffix in ("-journal", "-wal", "-shm"))):
        if os.path.isdir(each) and not os.path.islink(each):
            os.close(open_own_file(each, os.O_RDWR))  # takes the folder away
        if os.path.lexists(each):
            os.unlink(each)
    os.close(open_own_file(path, os.O_RDWR))
    database = _connect(path)
    _make_tables(database)
    return database


def _connect(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)
    database.text_factory = _decoded
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute(f"PRAGMA cache_size={-CACHE_KIBIBYTES}")
    return database


def _decoded(data: bytes) -> str:
    """What the index holds as text; damage is found by the seal."""
    return data.decode("utf-8", "replace")


def _make_tables(database: sqlite3.Connection) -> None:
    script = f"BEGIN IMMEDIATE; {TABLES} PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}; COMMIT;"
    database.executescript(script)


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Hold the lock of all who write. Raises `TimeoutError` where another has it for too long."""
    from pyst.system.files import locked

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with locked(path, patience=False) as held:
            if held:
                yield
                return
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


# From the records to the index


def _stale_days(database: sqlite3.Connection, state: str) -> dict[str, int | None]:
    """The days whose folders have changed since they were listed, with the time of that; None: the folder is gone."""
    known: dict[str, int] = dict(database.execute("SELECT day, mtime_ns FROM days").fetchall())
    stale: dict[str, int | None] = dict.fromkeys(known)
    try:
        with os.scandir(runs_folder(state)) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    mtime_ns = entry.stat(follow_symlinks=False).st_mtime_ns
                    if known.get(entry.name) == mtime_ns:
                        del stale[entry.name]
                    else:
                        stale[entry.name] = mtime_ns
    except FileNotFoundError:
        pass
    return stale


def _bring_up_to_date(database: sqlite3.Connection, state: str, *, remake: bool = False) -> None:
    """Read what is new in the records (with `remake`: all) into the index, in one transaction: readers have the old
    one until then. Raises `OSError`, `sqlite3.Error`."""
    began_ns = time.time_ns()
    if not remake and not _stale_days(database, state):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        for table in ("runs", "days", "unreadable") if remake else ():
            database.execute(f"DELETE FROM {table}")
        stale = _stale_days(database, state)
        for day, mtime_ns in stale.items():
            _read_day(database, os.path.join(runs_folder(state), day), day, mtime_ns, began_ns)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _read_day(database: sqlite3.Connection, folder: str, day: str, mtime_ns: int | None, began_ns: int) -> None:
    from pyst.system.witness import is_settled

    try:
        names = {name for name in os.listdir(folder) if name.endswith(".json") and is_run_id(name[:-5])}
    except FileNotFoundError:
        names = set()
    rows = database.execute("SELECT run_id, status FROM runs WHERE day = ?", (day,)).fetchall()
    ended = {run_id for run_id, status in rows if status != RUNNING}
    gone = [(run_id,) for run_id, _ in rows if run_id + ".json" not in names]
    database.executemany("DELETE FROM runs WHERE run_id = ?", gone)
    database.execute("DELETE FROM unreadable WHERE day = ?", (day,))
    for name in sorted(names):
        if name[:-5] not in ended:
            _read_one(database, os.path.join(folder, name), day)
    database.execute("DELETE FROM days WHERE day = ?", (day,))
    if mtime_ns is not None and is_settled(mtime_ns, began_ns):
        database.execute("INSERT INTO days VALUES (?, ?)", (day, mtime_ns))


def _read_one(database: sqlite3.Connection, path: str, day: str) -> None:
    run_id = os.path.basename(path)[:-5]
    try:
        record = read_as_written(path)
        if record.run_id != run_id:
            raise Failure("E_RECORD_BROKEN", f"`{path}` is the record of another run")
        shown = json.dumps(row_of(record))
    except Failure as failure:
        database.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
        if failure.code != "E_NO_RUN":
            database.execute("INSERT OR REPLACE INTO unreadable VALUES (?, ?, ?)", (path, day, failure.message))
        return
    pid, started = record.process or (None, None)
    pid = pid if pid is not None and pid < 1 << 62 else None
    values = (record.started_at, record.script.name, record.script.selector, record.script.path, record.task)
    row = (run_id, day, *values, record.status, pid, started, shown, _seal(run_id, shown))
    texts = [_storable(each) for each in row]
    database.execute(f"INSERT OR REPLACE INTO runs VALUES ({', '.join('?' * len(texts))})", texts)


def _storable(value: Any) -> Any:
    """Text as SQLite takes it: names that are not UTF-8 (PEP 383) are told with a replacement character."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _seal(run_id: str, shown: str) -> int:
    """What tells a row that was damaged by accident."""
    return crc32(f"{run_id}\n{shown}".encode("utf-8", "replace"))


def row_of(record: Record) -> dict[str, Any]:
    """What the history tells of a run."""
    words = [word if len(word) <= SHOWN_CHARACTERS else word[:SHOWN_CHARACTERS] + "…" for word in record.argv]
    script = record.script
    return {
        "run_id": record.run_id,
        "task": record.task,
        "status": record.status,
        "exit_code": record.exit_code,
        "signal": record.signal,
        "limit": record.limit,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "duration_seconds": record.duration_seconds,
        "script": {"name": script.name, "selector": script.selector, "origin": script.origin, "path": script.path},
        "argv": words[:SHOWN_WORDS] + (["…"] if len(words) > SHOWN_WORDS else []),
        "cwd": record.cwd,
        "output_dir": record.output_dir,
        "outputs": len(record.outputs) + record.omitted,
        "output_bytes": sum(each.bytes for each in record.outputs),
        "tier": record.confinement.tier if record.confinement else None,
        "replay_of": record.replay_of,
    }


# From the index to an answer


def _standing(status: str, pid: int | None, started: str | None) -> str:
    """How a run stands now: one that says «running», while its pyst is gone, is lost."""
    return status if status != RUNNING or (pid is not None and is_alive(Process(pid, started))) else LOST


def _is_under(shown: str, folder: str) -> bool:
    """Whether a run ran in this folder, or below; a damaged row is left to its seal."""
    try:
        return f"{json.loads(shown)['cwd']}{os.sep}".startswith(folder)
    except (ValueError, TypeError, KeyError, RecursionError):
        return True


def _found(database: sqlite3.Connection, query: Query) -> Found:
    database.create_function("standing", 3, _standing)
    tests, values = [], []
    if query.script is not None:
        tests.append("(name = ? OR selector = ? OR path = ?)")
        values += [query.script, query.script, query.script_path or query.script]
    for column, sign, value in (
        ("started_at", ">=", query.since),
        ("started_at", "<=", query.until),
        ("task", "=", query.task),
    ):
        if value is not None:
            tests.append(f"{column} {sign} ?")
            values.append(value)
    if query.statuses:
        tests.append(f"standing(status, pid, started) IN ({', '.join('?' * len(query.statuses))})")
        values += query.statuses
    if query.under is not None:
        folder = _storable(query.under.rstrip(os.sep) + os.sep)
        database.create_function("is_under", 1, lambda shown: _is_under(shown, folder))
        tests.append("is_under(shown)")
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    values = [_storable(each) for each in values]
    total = database.execute(f"SELECT count(*) FROM runs{where}", values).fetchone()[0]
    rows = database.execute(
        f"SELECT run_id, shown, seal, standing(status, pid, started) FROM runs{where} "
        "ORDER BY started_at DESC, run_id DESC LIMIT ?",
        (*values, -1 if query.limit is None else query.limit),
    )
    shown = []
    for run_id, text, seal, standing in rows:
        if _seal(run_id, text) != seal:
            raise _Unusable
        shown.append({**json.loads(text), "status": standing})
    unreadable = database.execute("SELECT path, reason FROM unreadable ORDER BY path DESC LIMIT ?", (MOST_UNREADABLE,))
    told = tuple((path, reason) for path, reason in unreadable)
    return Found(tuple(shown), total, told, database.execute("SELECT count(*) FROM unreadable").fetchone()[0])
