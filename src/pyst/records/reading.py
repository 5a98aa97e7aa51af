"""Finding and reading the records of runs: `<state>/runs/<YYYY-MM-DD>/<run_id>.json`.

A run whose record says «running» while its pyst is gone was lost: readers are told so, the file stays as it is. A
record that is damaged is the user's data: it is skipped where all are read, and an error where it is asked for.
"""

from __future__ import annotations

import os

from pyst.errors import Failure, Where, did_you_mean
from pyst.records.folder import read_regular
from pyst.records.ids import is_run_id
from pyst.records.ids import record_path as record_path
from pyst.records.ids import runs_folder as runs_folder
from pyst.records.record import LOST, RUNNING, Process, Record, from_json

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 << 20
LAST = "last"


def run_ids(state: str) -> Iterator[str]:
    """The ids of all recorded runs, newest first; told by names alone."""
    for day in _listed(runs_folder(state)):
        names = _listed(os.path.join(runs_folder(state), day))
        yield from (name[:-5] for name in names if name.endswith(".json") and is_run_id(name[:-5]))


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder), reverse=True)
    except OSError:
        return []


def read_record(path: str) -> Record:
    """The record in the file at `path`, or the manifest: they are the same.

    Raises `Failure`: E_NO_RUN where there is none, E_RECORD_BROKEN where it is none.
    """
    return as_it_stands(read_as_written(path))


def read_as_written(path: str) -> Record:
    """As `read_record`, with the status that the file says, whether or not the run was lost since."""
    import json

    from pyst.records.schema import Malformed

    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            data = read_regular(fd, MOST_BYTES)
        finally:
            os.close(fd)
        if data is None:
            raise _broken(path, f"it is no regular file of at most {MOST_BYTES >> 20} MiB")
        return from_json(json.loads(data))
    except FileNotFoundError as error:
        raise Failure("E_NO_RUN", f"there is no record `{path}`") from error
    except OSError as error:
        raise _broken(path, f"it can't be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise _broken(path, "it is nested too deeply") from error
    except (ValueError, Malformed) as error:
        raise _broken(path, str(error)) from error


def _broken(path: str, why: str) -> Failure:
    hint = "it stays as it is; delete it by hand if you don't need it"
    return Failure("E_RECORD_BROKEN", f"`{path}` is no record of a run: {why}", hint=hint, where=Where(path))


def all_records(state: str) -> Iterator[Record]:
    """All records, newest first; those that are damaged are left out."""
    for run_id in run_ids(state):
        try:
            yield read_record(record_path(state, run_id))
        except Failure:
            continue


def find_record(state: str, run: str) -> Record:
    """The record that `run` means: an id, the unique beginning of one, or its random part, or `last`.

    Raises `Failure`: E_NO_RUN, E_RECORD_BROKEN.
    """
    return read_record(record_path(state, find_run_id(state, run)))


def find_run_id(state: str, run: str) -> str:
    """The id that `run` means, as `find_record` has it. Raises `Failure` (E_NO_RUN)."""
    known = run_ids(state)
    if run == LAST:
        if (newest := next(known, None)) is None:
            raise Failure("E_NO_RUN", "no run was recorded yet", hint="`pyst run --record SCRIPT` records one")
        return _latest(state, newest, known)
    if is_run_id(run) and os.path.lexists(record_path(state, run)):
        return run
    ids = list(known)
    meant = [each for each in ids if run and (each.startswith(run) or each[17:].startswith(run))]
    if len(meant) == 1:
        return meant[0]
    if meant:
        shown = ", ".join(f"`{each}`" for each in meant[:5]) + (", …" if len(meant) > 5 else "")
        raise Failure("E_NO_RUN", f"`{run}` may mean {len(meant)} runs", hint=f"say more of one: {shown}")
    hint = did_you_mean(run, ids[:1000]) or "`pyst history` lists them, `last` is the newest"
    raise Failure("E_NO_RUN", f"there is no run `{run}`", hint=hint)


def _latest(state: str, newest: str, known: Iterator[str]) -> str:
    """The run that began last: ids tell the second, records the millisecond."""
    same = [newest]
    for each in known:
        if each[:16] != newest[:16]:
            break
        same.append(each)
    if len(same) == 1:
        return newest

    def began(run_id: str) -> tuple[str, str]:
        try:
            return read_as_written(record_path(state, run_id)).started_at, run_id
        except Failure:
            return "", run_id

    return max(same, key=began)


def as_it_stands(record: Record) -> Record:
    """The record, «lost» where it says «running» and the process that kept the run is gone."""
    if record.status == RUNNING and (record.process is None or not is_alive(record.process)):
        return record._replace(status=LOST)
    return record


def is_alive(process: Process) -> bool:
    """Whether that process still runs. Where it can't be told (another container's), it is taken to."""
    from pyst.system.process_tree import started_of

    mine, theirs = started_of(os.getpid()), process.started
    if mine is not None and theirs is not None:
        boot, namespace, _ = theirs.split(":", 2) if theirs.count(":") == 2 else ("", "", "")
        own_boot, own_namespace, _ = mine.split(":", 2)
        if (boot, namespace) != (own_boot, own_namespace):
            return boot == own_boot  # before the machine was started anew; or in a container beside this one
        return started_of(process.pid) == theirs
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
