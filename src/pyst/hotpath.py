"""The hot path: replay what was worked out before, while nothing that it rests on has changed.

A *memo* is a file in the cache that holds one finished answer: a plan to execute (`pyst run NAME …`), or a text to
print (`pyst list`, completions). It carries what it rests on: the words of the command line, the folder, the
environment variables that pyst reads, the stamp of every file that was looked at (absent ones too), and the
fingerprint of every folder that was listed. All of it is compared before it is used; at any doubt this module steps
aside and the full path, which also writes the memos (`pyst.running.memo`), does the work.

Start-up time is this module's reason to be, so it imports only what is built into every interpreter. It runs
before everything else, even before `site` (see `boot`).
"""

import sys
from _imp import source_hash  # SipHash-1-3 with a key: built in, where importing hashlib takes 3 ms
from marshal import dumps, loads

try:
    import posix as system
except ImportError:  # Windows has no exec to replay a plan with
    import nt as system  # type: ignore[no-redef]

from pyst import __version__

TYPE_CHECKING = False  # what `typing` says too; its import is not free
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MADE_BY = (6, __version__, sys.hexversion, __file__)
"""The format of memos, and who made one: another pyst may print something else, or start scripts by other files."""
MOST_BYTES = 64 << 20

Stamp = tuple[int, int, int, int, int, int]
"""What tells one state of a file from another: mode, mtime (ns), size (bytes), inode, ctime (ns), device.
Of a folder only mode, inode and device: what is in it is told by its own entries."""

RUN_FLAGS = frozenset({"--offline", "-q", "--quiet", "--no-color", "--no-sandbox", "--record"})
RUN_VALUES = frozenset(
    {"--with", "--python", "--cwd", "--context", "--profile", "--uv-flags", "--color", "--timeout"}
    | {"--max-memory", "--max-cpu", "--max-processes", "--max-file-size", "--max-disk"}
    | {"--input-path", "--output-dir", "--output-path"}
)
RUN_EITHER = frozenset(
    {"--sandbox", "--allow-read", "--allow-write", "--allow-net", "--allow-env", "--allow-run"}
    | {"--deny-read", "--deny-write", "--deny-net", "--deny-env", "--deny-run"}
)
"""The options of `run` that a memo may answer for: those without a value, with one, and with one after `=` or none.
Any other takes the full path."""

ENVIRON_PREFIXES = (b"PYST_", b"UV_", b"XDG_", b"PYENV_")
ENVIRON_NAMES = frozenset({b"HOME", b"PATH", b"VIRTUAL_ENV", b"VIRTUAL_ENV_PROMPT", b"CONDA_PREFIX", b"PYTHONHOME"})
"""The variables that a plan may depend on."""

TOLD_NAMES = frozenset({b"PYST_INPUT_PATH", b"PYST_OUTPUT_DIR", b"PYST_OUTPUT_PATH", b"PYST_LOG_PATH", b"PYST_RUN_ID"})
"""What a recorded run tells its script, and so a pyst that the script starts; no plan depends on these."""

PRINT_NAMES = frozenset(
    {b"TERM", b"COLUMNS", b"NO_COLOR", b"FORCE_COLOR", b"CLICOLOR_FORCE", b"LANG", b"PYTHONIOENCODING", b"PYTHONUTF8"}
)
"""Further variables that a printed answer may depend on."""


def stamp_of(path: str) -> Stamp | None:
    """The stamp of what `path` leads to, or None where nothing can be reached."""
    try:
        found = system.stat(path)
    except (OSError, ValueError):
        return None
    mode = found.st_mode
    if mode & 0o170000 == 0o040000:
        return (mode, 0, 0, found.st_ino, 0, found.st_dev)
    return (mode, found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns, found.st_dev)


def time_of(path: str) -> int:
    """When what `path` leads to was last changed (ns), a folder by its entries; 0 where nothing can be reached."""
    try:
        return system.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return 0


def digest(data: bytes) -> bytes:
    """16 bytes that tell one `data` from another; against accidents, not against an attacker."""
    return source_hash(0x7079_7374, data) + source_hash(0x6D65_6D6F, data)


def cache_folder(environ: dict[bytes, bytes]) -> str | None:
    """The folder of the memos, as `pyst.system.paths` has it, or None where that needs more than a look."""
    one = environ.get(b"PYST_HOME")
    if one:
        base = one + b"/cache" if one[:1] == b"/" else b""
    else:
        base = environ.get(b"XDG_CACHE_HOME", b"")
        if base[:1] != b"/":
            home = environ.get(b"HOME", b"")
            base = home + b"/.cache" if home[:1] == b"/" else b""
        base = base and base + b"/pyst"
    return _text(base) + "/plans-v1" if base else None


def _text(data: bytes) -> str:
    return data.decode(sys.getfilesystemencoding(), "surrogateescape")


def surroundings(environ: dict[bytes, bytes], for_print: bool) -> bytes:
    """A digest of the environment variables that an answer may depend on. Values are not kept: some are secret."""
    told = sorted(
        (name, value)
        for name, value in environ.items()
        if name in ENVIRON_NAMES
        or (name.startswith(ENVIRON_PREFIXES) and name not in TOLD_NAMES)
        or (for_print and name in PRINT_NAMES)
        or (for_print and name.startswith(b"LC_"))
    )
    return digest(dumps(told, 2))


def memo_path(folder: str, key: tuple[str, ...]) -> str:
    """Where the memo of this key lies: each installation of pyst has its own."""
    return folder + "/" + digest(dumps((MADE_BY, key), 2)).hex()


def run_key(words: list[str], cwd: str) -> tuple[tuple[str, ...], int] | None:
    """The key of `run WORDS…` (the words after `run`), and how many words it takes with the script's name.

    None where a memo can't answer.
    """
    at = 0
    while at < len(words):
        word = words[at]
        if word[:1] != "-":
            return ("run", cwd, *words[: at + 1]), at + 1
        if word in RUN_VALUES:
            at += 2
        elif word in RUN_FLAGS or word in RUN_EITHER or _has_value(word):
            at += 1
        else:
            return None
    return None


def _has_value(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return equals != "" and (name in RUN_VALUES or name in RUN_EITHER)


def print_key(words: list[str], cwd: str) -> tuple[str, ...]:
    """The key of a command that prints: its words, the folder, and what standard output is."""
    try:
        columns = str(system.get_terminal_size(1).columns) if system.isatty(1) else ""
    except OSError:
        columns = ""
    return ("print", cwd, columns, *words)


def read_sealed(path: str) -> bytes | None:
    """What `sealed` wrapped, if the file at `path` is whole, ours, and nobody else could have written it."""
    try:
        fd = system.open(path, system.O_RDONLY | system.O_CLOEXEC | system.O_NONBLOCK | system.O_NOFOLLOW)
    except (OSError, ValueError):
        return None
    try:
        found = system.fstat(fd)
        if (
            found.st_mode & 0o170000 != 0o100000
            or found.st_mode & 0o022
            or found.st_uid != system.geteuid()
            or not 16 < found.st_size <= MOST_BYTES
        ):
            return None
        data = system.read(fd, found.st_size)
    except OSError:
        return None
    finally:
        system.close(fd)
    body = data[16:]
    return body if len(data) == found.st_size and digest(body) == data[:16] else None


def sealed(body: bytes) -> bytes:
    """`body` with a digest before it, so that a file that was cut or changed by accident is not taken for whole."""
    return digest(body) + body


def read_memo(path: str, key: tuple[str, ...], told: bytes) -> "tuple[Any, ...] | None":
    """The answer that the memo at `path` holds, if it is whole, ours, of this key, and all it rests on stands."""
    body = read_sealed(path)
    if body is None:
        return None
    memo = loads(body)  # the digest says that `encode_memo` wrote these bytes
    if type(memo) is not tuple or memo[0] != MADE_BY or memo[1] != key or memo[2] != told:
        return None
    for path, stamp in memo[3]:
        if stamp_of(path) != stamp:
            return None
    for path, time in memo[6]:
        if time_of(path) != time:
            return None
    if memo[4]:
        from pyst import survey

        if not survey.stands(memo[4]):
            return None
    answer = memo[5]
    return answer if type(answer) is tuple else None


def encode_memo(
    key: tuple[str, ...],
    told: bytes,
    stamps: "Iterable[tuple[str, Stamp | None]]",
    trees: "Iterable[tuple[str, bytes | None]]",
    answer: "tuple[Any, ...]",
    times: "Iterable[tuple[str, int]]" = (),
) -> bytes:
    """The bytes of a memo; `read_memo` is the other half."""
    memo: Any = (MADE_BY, key, told, tuple(stamps), tuple(trees), answer, tuple(times))
    return sealed(dumps(memo, 2))


def replay(words: list[str]) -> int | None:
    """Answer the command line from a memo: execute its plan and never return, or print and return the exit code.

    Returns None where the full path has to do it, or `pyst.staying`, for which the answer is left in `stays`.
    """
    if not hasattr(system, "execve"):
        return None
    environ = system.environ
    if b"PYST_TRACE" in environ:
        return None
    is_run = words[:1] == ["run"]
    if not is_run and words[:1] not in ([], ["list"], ["__complete"]):
        return None
    folder = cache_folder(environ)
    if folder is None:
        return None
    try:
        cwd = system.getcwd()
    except OSError:
        return None
    try:
        if not is_run:
            key = print_key(words, cwd)
            answer = read_memo(memo_path(folder, key), key, surroundings(environ, True))
            return None if answer is None else _print(answer)
        found = run_key(words[1:], cwd)
        if found is None:
            return None
        key, taken = found
        path, told = memo_path(folder, key), surroundings(environ, False)
        answer = read_memo(path, key, told)
        if answer is None and _waited_for_another(path):
            answer = read_memo(path, key, told)
        if answer is not None:
            rest = words[1 + taken :]
            rest = rest[1:] if rest[:1] == ["--"] else rest
            if len(answer) > PARTS:
                stays.append((answer, rest))
                return None
            _execute(answer, rest, environ)
    except (ValueError, EOFError, TypeError, IndexError, UnicodeError, OSError):
        pass
    return None


stays: "list[tuple[tuple[Any, ...], list[str]]]" = []
"""The answer of a memo whose plan pyst has to stay for, and the script's own words; or nothing."""
PARTS = 6
"""How many parts the answer of a memo has whose plan takes pyst's place; where pyst stays, there are more."""
turn: "list[int]" = []
"""The descriptor, if any, that others wait for while this start works out what they need, too."""
PATIENCE_SECONDS = 1.0
"""How long to wait in silence; the full path says what it waits for."""


def _waited_for_another(memo: str) -> bool:
    """Whether another start of the same was waited for, which may have left a memo.

    False: none is under way, and others now wait for this one, until it executes its plan, ends, or says so
    (`end_turn`). So fifty first starts at once work the plan out once, and build the environment once, instead of
    fifty times side by side.
    """
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
    from time import sleep

    folder, _, name = memo.rpartition("/")
    flags = system.O_RDWR | system.O_CREAT | system.O_CLOEXEC | system.O_NOFOLLOW | system.O_NONBLOCK
    try:
        fd = system.open(f"{folder}/turn-{name[:2]}", flags, 0o600)
    except OSError:
        return False
    try:
        flock(fd, LOCK_EX | LOCK_NB)
        turn.append(fd)  # it stays open on purpose
        return False
    except BlockingIOError:
        pass
    pause = waited = 0.004
    while waited < PATIENCE_SECONDS:
        sleep(pause)
        waited += pause
        pause = min(pause * 2, 0.016)
        try:
            flock(fd, LOCK_SH | LOCK_NB)
        except BlockingIOError:
            continue
        system.close(fd)
        return True
    system.close(fd)
    return False


def end_turn() -> None:
    """Let others go on: what they wait for is in the cache, or never will be."""
    while turn:
        system.close(turn.pop())


def _print(answer: tuple[bytes, int]) -> int | None:
    text, code = answer
    at = 0
    while at < len(text):
        try:
            at += system.write(1, text[at : at + (1 << 20)])
        except BrokenPipeError:
            return 0  # the reader has seen enough: `pyst list | head -1`
        except BlockingIOError:
            from select import select

            select([], [1], [])
        except OSError as error:
            if not at:
                return None  # the full path fails at once, too, and tells it as it was asked to
            system.write(2, f"error: standard output can't be written: {error.strerror}\n".encode())
            return 1
    return code


def _execute(answer: "tuple[Any, ...]", rest: list[str], environ: dict[bytes, bytes]) -> None:
    argv, cwd, here, changes, removed, used = answer
    variables = dict(environ)
    for name in removed:
        variables.pop(name, None)
    variables.update(changes)
    try:
        if used:
            try:
                system.utime(used)  # so that `pyst gc` knows what is in use
            except OSError:
                pass
        if cwd != here:
            system.chdir(cwd)
        restore_signals()
        system.execve(argv[0], [*argv, *rest], variables)
    finally:  # it is still us
        take_signals()
        if cwd != here:
            system.chdir(here)


def restore_signals() -> None:
    """Give SIGPIPE and SIGXFSZ back their default, which Python's start took from them, before an exec."""
    import _signal  # type: ignore[import-not-found]  # the built-in part of `signal`, without its enums

    for signal in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(signal, _signal.SIG_DFL)


def take_signals() -> None:
    """Ignore SIGPIPE and SIGXFSZ again, as every Python process does, after an exec that failed."""
    import _signal  # the built-in part of `signal`, without its enums

    for signal in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(signal, _signal.SIG_IGN)
