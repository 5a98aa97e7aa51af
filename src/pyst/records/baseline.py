"""Baselines: runs that were chosen to be the measure for later ones, as files that a project can keep with its code.

    <folder>/<NAME>/baseline.json          the manifest: each case with its files, sizes and hashes
    <folder>/<NAME>/<case>/script.py       what was run (`script.py.lock`, `input.json` where there were)
    <folder>/<NAME>/<case>/stdout.txt      what it printed
    <folder>/<NAME>/<case>/outputs/…       what it wrote

A baseline is saved whole or not at all. It may come from a stranger: every path in it is taken for below its folder or
refused, no link is followed, and no content is believed that has not the hash that the manifest says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyst import __version__
from pyst.errors import ExitCode, Failure, Where
from pyst.named import NamedTuple
from pyst.records.comparing.choices import BadChoice, Choices, choices_from_json
from pyst.records.differences import RUN_ID, STDOUT, Item, items_of, read_item, read_kept
from pyst.records.ids import is_hex, is_run_id, time_text
from pyst.records.record import RUNNING, Record
from pyst.records.replaying import input_of, lock_of, script_of

SCHEMA = "pyst-baseline/1"
MANIFEST = "baseline.json"
FOLDER = "baselines"
MOST_BYTES = 64 << 20
MOST_CASES = 1000
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


class Kept(NamedTuple):
    """One file of a case: `file` is its path below the baseline's folder, `name` what the run called it."""

    file: str
    name: str
    bytes: int
    sha256: str
    format: str = ""


class Case(NamedTuple):
    """One run of a baseline. `cwd` is relative to the project's root. `tier` is that of a confined run."""

    case: str
    run_id: str
    selector: str
    name: str
    origin: str
    path: str | None
    argv: tuple[str, ...]
    cwd: str
    options: dict[str, Any]
    status: str
    exit_code: int | None
    tier: str | None
    script: Kept
    lock: Kept | None
    input: Kept | None
    stdout: Kept | None
    outputs: tuple[Kept, ...]


class Baseline(NamedTuple):
    """A baseline as its manifest tells it; `folder` is where it lies."""

    folder: str
    name: str
    created_at: str
    choices: Choices
    cases: tuple[Case, ...]

    def items(self, case: Case) -> list[Item]:
        """The outputs of a case, as those of a run."""
        kept = [each for each in (case.stdout,) if each is not None]
        found = [Item(STDOUT, each.bytes, each.sha256, "", self.path(each), is_stdout=True) for each in kept]
        return found + [Item(each.name, each.bytes, each.sha256, each.format, self.path(each)) for each in case.outputs]

    def path(self, kept: Kept) -> str:
        """Where a file of it lies."""
        return os.path.join(self.folder, *kept.file.split("/"))

    def read(self, kept: Kept) -> bytes:
        """The content of a file of it. Raises `Failure` (E_BASELINE) where it is gone, or not what it was."""
        path = self.path(kept)
        data = None
        if os.path.realpath(path).startswith(os.path.realpath(self.folder) + os.sep):
            data = read_kept(path, kept.bytes, kept.sha256)
        if data is None:
            hint = "restore it from where the baseline is kept, or save the baseline anew"
            raise Failure("E_BASELINE", f"`{path}` is gone, or not what was saved", hint=hint, where=Where(path))
        return data


def check_name(name: str) -> str:
    """The name of a baseline, if it is one. Raises `Failure` (E_USAGE)."""
    if not name or len(name) > 100 or name[0] in ".-" or not _SAFE.issuperset(name):
        message = f"`{name}` can't be the name of a baseline"
        hint = "letters, digits, `-`, `_` and `.`, the first neither `.` nor `-`"
        raise Failure("E_USAGE", message, hint=hint, exit=ExitCode.USAGE)
    return name


# Saving


class Plan(NamedTuple):
    """What is to be saved: the case, and the bytes of its files by their path below the baseline."""

    case: Case
    files: dict[str, bytes]


def plan_case(number: int, record: Record, state: str, root: str) -> Plan:
    """The case that a recorded run makes. Raises `Failure` (E_BASELINE) where something of it is gone."""
    script, given = script_of(record, state), input_of(record, state)
    has_lock = record.environment.lock is not None and record.environment.project is None  # a project's is its own
    lock = lock_of(record, state) if has_lock else None
    lacks = []
    if record.status == RUNNING:
        lacks.append("it has not ended")
    if record.masked:
        lacks.append("secrets among its arguments were masked")
    lacks += ["its script's bytes are gone"] if script is None else []
    lacks += ["its lock is gone"] if has_lock and lock is None else []
    lacks += ["its input is gone"] if record.input is not None and given is None else []
    lacks += ["some of its outputs were left out of the record"] if record.omitted else []
    contents = {item.name: read_item(item, state) if item.bytes else b"" for item in items_of(record)}
    lacks += [
        f"its output `{name}` is gone, was changed since, or is too large"
        for name, data in contents.items()
        if data is None
    ]
    if lacks or script is None:
        raise Failure("E_BASELINE", f"`{record.run_id}` can't be saved: {'; '.join(lacks)}", hint="record it again")
    folder = f"{number:03}-{record.task}"
    files: dict[str, bytes] = {}

    def keep(file: str, name: str, data: bytes, sha256: str, format: str = "") -> Kept:
        path = f"{folder}/{file}"
        files[path] = data
        return Kept(path, name, len(data), sha256, format)

    kept_script = keep(
        "script.py", os.path.basename(record.script.path or "script.py"), script.data, record.script.sha256
    )
    kept_lock = (
        keep("script.py.lock", "", lock.data, record.environment.lock.sha256)
        if lock and record.environment.lock
        else None
    )
    kept_input = (
        keep("input.json", _within(root, record.input.path), given.data, record.input.sha256)
        if given and record.input
        else None
    )
    stdout, outputs = None, []
    for item in items_of(record):
        data = contents[item.name] or b""
        if item.is_stdout:
            stdout = keep("stdout.txt", STDOUT, data, item.sha256)
        else:
            file = "outputs/" + item.name.removeprefix("./").replace(RUN_ID, "RUN_ID")
            outputs.append(keep(file, item.name, data, item.sha256, item.format))
    options = record.options
    case = Case(
        case=folder,
        run_id=record.run_id,
        selector=_within(root, record.script.selector) if record.script.origin == "path" else record.script.selector,
        name=record.script.name,
        origin=record.script.origin,
        path=None if record.script.path is None else _within(root, record.script.path),
        argv=record.argv,
        cwd=_within(root, record.cwd) if _is_within(root, record.cwd) else ".",
        options={
            "with": list(options.with_),
            "python": options.python,
            "is_async": options.is_async,
            "context": options.context,
            "timeout_seconds": options.timeout_seconds,
            "env_files": [_within(root, each) for each in options.env_files],
        },
        status=record.status,
        exit_code=record.exit_code,
        tier=record.confinement.tier if record.confinement else None,
        script=kept_script,
        lock=kept_lock,
        input=kept_input,
        stdout=stdout,
        outputs=tuple(outputs),
    )
    return Plan(case, files)


def _is_within(root: str, path: str) -> bool:
    return path == root or path.startswith(os.path.join(root, ""))


def _within(root: str, path: str) -> str:
    """A path as it is told in a manifest: relative where it lies in the project."""
    return os.path.relpath(path, root) if _is_within(root, path) else path


def save(folder: str, name: str, plans: Iterable[Plan], choices: Choices, now: float, *, replace: bool = False) -> str:
    """Save a baseline; gives its folder. Whole, or not at all: what was there before stays until then.

    Raises `Failure`: E_EXISTS where there is one and `replace` is not said, E_WRITE.
    """
    from pyst.system.files import sync_folder, writing_failed

    path = os.path.join(folder, name)
    plans = list(plans)
    body = {
        "schema": SCHEMA,
        "name": name,
        "created_at": time_text(now),
        "pyst": __version__,
        "choices": choices.to_json(),
        "cases": [_told(plan.case) for plan in plans],
    }
    recover(folder, name)
    _refuse_existing(path, replace)
    temporary = _beside(path, "new")
    try:
        os.makedirs(temporary)
        for plan in plans:
            for file, data in plan.files.items():
                _write(os.path.join(temporary, *file.split("/")), data)
        _write(os.path.join(temporary, MANIFEST), (json.dumps(body, indent=1) + "\n").encode())
        sync_folder(temporary)
        _refuse_existing(path, replace)
        _put(temporary, path)
    except OSError as error:
        raise writing_failed(path, error) from error
    finally:
        _delete(temporary)
    sync_folder(folder)
    return path


def _refuse_existing(path: str, replace: bool) -> None:
    if not os.path.lexists(path):
        return
    if not replace:
        raise Failure("E_EXISTS", f"there is a baseline `{path}`", hint="`--force` replaces it", where=Where(path))
    read_baseline(path)  # what is no baseline is never replaced


def _beside(path: str, what: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.{what}.{os.getpid()}.{os.urandom(4).hex()}")


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _put(temporary: str, path: str) -> None:
    """Give the new folder its name. The old one is found again by `recover` if this process dies in between."""
    if not os.path.lexists(path):
        os.rename(temporary, path)
        return
    aside = _beside(path, "old")
    os.rename(path, aside)
    try:
        os.rename(temporary, path)
    except BaseException:
        os.rename(aside, path)
        raise
    _delete(aside)


def recover_all(folder: str) -> None:
    """Do for every baseline in the folder what `recover` does for one."""
    try:
        left = [each for each in os.listdir(folder) if each.startswith(".") and ".old." in each]
    except OSError:
        return
    for each in left:
        recover(folder, each[1:].partition(".old.")[0])


def recover(folder: str, name: str) -> None:
    """Bring back a baseline whose replacement was interrupted, and sweep up what else a killed process left."""
    path = os.path.join(folder, name)
    try:
        left = [each for each in sorted(os.listdir(folder)) if each.startswith(f".{name}.")]
        left = [each for each in left if not _is_at_work(each)]
        aside = [each for each in left if each.startswith(f".{name}.old.")]
        if aside and not os.path.lexists(path):
            os.rename(os.path.join(folder, aside.pop()), path)
        for each in (*aside, *(each for each in left if each.startswith((f".{name}.new.", f".{name}.gone.")))):
            _delete(os.path.join(folder, each))
    except OSError:
        pass


def _is_at_work(leftover: str) -> bool:
    """Whether the process that made a folder of this name still runs."""
    parts = leftover.rsplit(".", 2)
    if len(parts) < 3 or not (parts[1].isascii() and parts[1].isdecimal()):
        return True  # it is none of ours
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _delete(path: str) -> None:
    from shutil import rmtree

    rmtree(path, ignore_errors=True)


def _told(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = case._asdict()
    for name in ("script", "lock", "input", "stdout"):
        told[name] = told[name]._asdict() if told[name] is not None else None
    return {**told, "argv": list(case.argv), "outputs": [each._asdict() for each in case.outputs]}


# Reading


def read_baseline(path: str) -> Baseline:
    """The baseline in the folder at `path`. Raises `Failure` (E_NO_BASELINE, E_BASELINE)."""
    from pyst.system.files import open_regular

    manifest = os.path.join(path, MANIFEST)
    try:
        with open(open_regular(manifest), "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "`pyst baseline list` shows those that there are"
        raise Failure("E_NO_BASELINE", f"there is no baseline `{path}`", hint=hint) from error
    except OSError as error:
        raise _broken(manifest, f"it can't be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise _broken(manifest, "it is too large")
    try:
        return _parsed(json.loads(data), path)
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        why = str(error) if isinstance(error, ValueError) else f"its form is wrong ({type(error).__name__}: {error})"
        raise _broken(manifest, why) from error


def _broken(path: str, why: str) -> Failure:
    return Failure("E_BASELINE", f"`{path}` is no baseline: {why}", hint="it stays as it is", where=Where(path))


def _parsed(body: Any, folder: str) -> Baseline:
    """The baseline in the manifest's data. Raises `ValueError`, `KeyError`, `TypeError`."""
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    cases = body["cases"]
    if not isinstance(cases, list) or len(cases) > MOST_CASES:
        raise ValueError(f"`cases` must be a list of at most {MOST_CASES}")
    try:
        choices = choices_from_json(body["choices"])
    except BadChoice as error:
        raise ValueError(f"`choices`: `{error.name}` has {error}") from error
    return Baseline(folder, _text(body, "name"), _text(body, "created_at"), choices, tuple(map(_case, cases)))


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data[name]
    if not isinstance(value, str):
        raise TypeError(f"`{name}` is no text")
    return value


def _maybe_text(data: Mapping[str, Any], name: str) -> str | None:
    return None if data[name] is None else _text(data, name)


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data[name]
    if not isinstance(value, list) or not all(isinstance(each, str) and "\0" not in each for each in value):
        raise TypeError(f"`{name}` is no list of texts")
    return tuple(value)


def _case(data: Any) -> Case:
    options = data["options"]
    seconds = options["timeout_seconds"]
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e9
    ):
        raise ValueError("`timeout_seconds` is no number of seconds")
    if not is_run_id(_text(data, "run_id")):
        raise ValueError("`run_id` is none")
    code = data["exit_code"]
    if code is not None and (isinstance(code, bool) or not isinstance(code, int)):
        raise TypeError("`exit_code` is no number")
    return Case(
        case=_below(_text(data, "case")),
        run_id=data["run_id"],
        selector=_text(data, "selector"),
        name=_text(data, "name"),
        origin=_text(data, "origin"),
        path=_maybe_text(data, "path"),
        argv=_texts(data, "argv"),
        cwd=_text(data, "cwd"),
        options={
            "with": _texts(options, "with"),
            "python": _maybe_text(options, "python"),
            "is_async": options["is_async"] is True,
            "context": _maybe_text(options, "context"),
            "timeout_seconds": seconds,
            "env_files": _texts(options, "env_files"),
        },
        status=_text(data, "status"),
        exit_code=code,
        tier=_maybe_text(data, "tier"),
        script=_kept(data["script"]),
        lock=None if data["lock"] is None else _kept(data["lock"]),
        input=None if data["input"] is None else _kept(data["input"]),
        stdout=None if data["stdout"] is None else _kept(data["stdout"]),
        outputs=tuple(map(_kept, data["outputs"])),
    )


def _kept(data: Any) -> Kept:
    size, sha256 = data["bytes"], _text(data, "sha256")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MOST_BYTES:
        raise ValueError("`bytes` is no size that a baseline keeps")
    if len(sha256) != 64 or not is_hex(sha256):
        raise ValueError("`sha256` is none")
    return Kept(_below(_text(data, "file")), _text(data, "name"), size, sha256, _text(data, "format"))


def _below(path: str) -> str:
    """A path that leads nowhere but below its folder. Raises `ValueError`."""
    parts = path.split("/")
    if not path or "\0" in path or any(each in ("", ".", "..") for each in parts):
        raise ValueError(f"`{path[:200]}` is no path below the baseline")
    return path


def baselines_in(folder: str) -> Iterator[tuple[str, Baseline | Failure]]:
    """The baselines in a folder by name; a `Failure` for one that can't be read."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if name[0] != "." and os.path.isdir(path) and not os.path.islink(path):
            try:
                yield name, read_baseline(path)
            except Failure as failure:
                if failure.code != "E_NO_BASELINE":
                    yield name, failure


def drop(baseline: Baseline) -> None:
    """Delete a baseline: what its manifest names, and nothing else. Raises `Failure` (E_BASELINE, E_WRITE)."""
    files = {MANIFEST}
    for case in baseline.cases:
        kept = (case.script, case.lock, case.input, case.stdout, *case.outputs)
        files |= {each.file for each in kept if each is not None}
    strangers = []
    for parent, folders, names in os.walk(baseline.folder):
        for name in (*names, *(each for each in folders if os.path.islink(os.path.join(parent, each)))):
            path = os.path.relpath(os.path.join(parent, name), baseline.folder).replace(os.sep, "/")
            if path not in files:
                strangers.append(path)
    if strangers:
        shown = ", ".join(f"`{each}`" for each in strangers[:5]) + (", …" if len(strangers) > 5 else "")
        message = f"`{baseline.folder}` holds what the baseline did not put there: {shown}"
        raise Failure("E_BASELINE", message, hint="move it away, or delete the folder by hand")
    aside = _beside(baseline.folder, "gone")
    try:
        os.rename(baseline.folder, aside)
    except OSError as error:
        raise Failure("E_WRITE", f"`{baseline.folder}` can't be deleted: {error.strerror}") from error
    _delete(aside)
