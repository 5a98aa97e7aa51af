"""The record of one run, which is its manifest and its receipt in one: values and their JSON form.

Pure. Who makes records is `writing`, who finds them `reading`; the JSON Schema is in `schema`. No value of a variable
is ever part of one, and what looks like a secret among the arguments was masked before (SPEC section 9).
"""

from __future__ import annotations

from pyst.named import NamedTuple
from pyst.records.ids import SCHEMA as SCHEMA

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

RUNNING, OK, FAILED, TIMED_OUT, KILLED, LIMIT, LOST = "running", "ok", "failed", "timed_out", "killed", "limit", "lost"
"""How a run stands. `lost`: its pyst was killed before it could say (told by readers, never written)."""


class Program(NamedTuple):
    """What was run. Code that was typed has no `path`; `selector` is then `-c` or `-`, and `origin` is `code`."""

    name: str
    selector: str
    origin: str
    path: str | None
    sha256: str
    bytes: int


class Options(NamedTuple):
    """The options of the run that decide over it; `env_files` are absolute paths."""

    with_: tuple[str, ...] = ()
    python: str | None = None
    is_async: bool = False
    context: str | None = None
    forced: bool = False
    timeout_seconds: float | None = None
    env_files: tuple[str, ...] = ()


class Lock(NamedTuple):
    path: str
    sha256: str


class Surroundings(NamedTuple):
    """The environment. A plain interpreter has neither `key` nor `path`; `project` is the folder of the project whose
    environment it is."""

    key: str | None
    path: str | None
    requirements: tuple[str, ...] = ()
    lock: Lock | None = None
    project: str | None = None


class Python(NamedTuple):
    """The interpreter. None is «not known»."""

    path: str
    version: str | None = None
    implementation: str | None = None


class Input(NamedTuple):
    path: str
    bytes: int
    sha256: str


class Log(NamedTuple):
    """Both streams in order of arrival: `bytes` of the `seen_bytes` that came are in the file."""

    path: str
    bytes: int
    seen_bytes: int
    cap_bytes: int
    truncated: bool


class Stdout(NamedTuple):
    """Standard output; `path` is the file that holds it where it did not fit the preview."""

    bytes: int
    sha256: str
    path: str | None


class Output(NamedTuple):
    """One output; `path` is relative to the output folder, with `/`. `declared`: the script itself spoke of it, and
    `notes` are what it said besides."""

    path: str
    role: str
    format: str
    bytes: int
    sha256: str
    declared: bool = False
    notes: dict[str, Any] = {}  # noqa: RUF012  never changed


class Skipped(NamedTuple):
    path: str
    reason: str


class Confinement(NamedTuple):
    """What held a confined run: `walls` is their JSON form."""

    tier: str
    layers: tuple[str, ...]
    not_stopped: tuple[str, ...]
    walls: dict[str, Any]


class Process(NamedTuple):
    """The pyst that keeps the run. `started` tells it from a later process of the same number."""

    pid: int
    started: str | None


class Record(NamedTuple):
    """One run. Times are ISO 8601 in UTC with milliseconds; paths are absolute, those of `outputs` excepted."""

    schema: str
    run_id: str
    task: str
    status: str
    exit_code: int | None
    signal: int | None
    limit: str | None
    started_at: str
    ended_at: str | None
    duration_seconds: float | None
    script: Program
    argv: tuple[str, ...]
    masked: bool
    cwd: str
    options: Options
    variables: tuple[str, ...]
    environment: Surroundings
    interpreter: Python
    input: Input | None
    output_dir: str
    manifest: str
    log: Log
    stdout: Stdout | None
    outputs: tuple[Output, ...]
    skipped: tuple[Skipped, ...]
    omitted: int
    concurrent: bool
    confinement: Confinement | None
    replay_of: str | None
    pyst: str
    process: Process | None


def to_json(record: Record) -> dict[str, Any]:
    """The record as plain JSON data, its keys in the order of the schema."""
    body: dict[str, Any] = _plain(record)
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return {name.rstrip("_"): _plain(each) for name, each in zip(value._fields, value, strict=True)}
        return [_plain(each) for each in value]
    return value


def from_json(data: object) -> Record:
    """The record that this JSON data is. Keys that are not known here are left out. Raises `schema.Malformed`."""
    from pyst.records.schema import RECORD, check

    check(data, RECORD, "record")
    assert isinstance(data, dict)
    body = {name: data[name] for name in Record._fields}
    options = data["options"]
    environment = data["environment"]
    confinement = data["confinement"]
    body.update(
        script=_value(Program, data["script"]),
        argv=tuple(data["argv"]),
        options=_value(Options, options, with_=tuple(options["with"]), env_files=tuple(options["env_files"])),
        variables=tuple(data["variables"]),
        environment=_value(
            Surroundings,
            environment,
            requirements=tuple(environment["requirements"]),
            lock=_maybe(Lock, environment["lock"]),
        ),
        interpreter=_value(Python, data["interpreter"]),
        input=_maybe(Input, data["input"]),
        log=_value(Log, data["log"]),
        stdout=_maybe(Stdout, data["stdout"]),
        outputs=tuple(_value(Output, each) for each in data["outputs"]),
        skipped=tuple(_value(Skipped, each) for each in data["skipped"]),
        confinement=confinement
        and _value(
            Confinement,
            confinement,
            layers=tuple(confinement["layers"]),
            not_stopped=tuple(confinement["not_stopped"]),
        ),
        process=_maybe(Process, data["process"]),
    )
    return Record(**body)


def _value(kind: Any, data: dict[str, Any], **made: Any) -> Any:
    return kind(**{name: made[name] if name in made else data[name] for name in kind._fields})


def _maybe(kind: Any, data: dict[str, Any] | None) -> Any:
    return None if data is None else _value(kind, data)
