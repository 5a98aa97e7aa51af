"""The input of a file-first run: read once, checked to be JSON (RFC 8259) before anything starts, and hashed."""

from __future__ import annotations

import os

from pyst.errors import ExitCode, Failure, Where
from pyst.named import NamedTuple
from pyst.records.folder import read_regular

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from pyst.records.record import Input

MOST_BYTES = 64 << 20
"""The largest input: all of it is read and checked; larger data belongs into a file that the input names."""
_BLANKS = " \t\n\r"


class Given(NamedTuple):
    """An input by its real path, the bytes that it had when it was checked, and what tells whether its file was changed
    since."""

    path: str
    data: bytes
    mark: tuple[int, int, int]

    @property
    def input(self) -> Input:
        """What the record says of it."""
        from pyst.records.record import Input
        from pyst.system.digest import sha256

        return Input(self.path, len(self.data), sha256(self.data))


def read_input(word: str, cwd: str) -> Given:
    """The input at `word` (as it was typed; `cwd` is the current folder).

    Raises `Failure` (E_INPUT, 64) where it is missing, can't be read, is too large, or is no JSON.
    """
    path = os.path.join(cwd, word)
    data, mark = _bytes_of(path, word)
    check_json(data, word)
    return Given(os.path.realpath(path), data, mark)


def _bytes_of(path: str, word: str) -> tuple[bytes, tuple[int, int, int]]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(f"the input `{word}` can't be read: {reason}", path) from error
    try:
        about = os.fstat(fd)
        if about.st_mode & 0o170000 != 0o100000:
            raise _refused(f"the input `{word}` is not a regular file", path)
        data = read_regular(fd, MOST_BYTES)
    except OSError as error:
        raise _refused(f"the input `{word}` can't be read: {error.strerror or error}", path) from error
    finally:
        os.close(fd)
    if data is None:
        raise _too_large(word, path)
    return data, (about.st_mtime_ns, about.st_size, about.st_ino)


def _too_large(word: str, path: str) -> Failure:
    hint = "put large data into a file of its own, and its path into the input"
    return _refused(f"the input `{word}` is larger than {MOST_BYTES >> 20} MiB", path, hint=hint)


def check_json(data: bytes, word: str) -> None:
    """Raise `Failure` (E_INPUT) with line and column unless `data` is one JSON value in UTF-8.

    NaN and the infinities are no JSON; repeated keys are.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _fail(word, data[: error.start].decode("utf-8", "replace"), "this is not UTF-8")
    if text.startswith("\ufeff"):
        _fail(word, "", "a byte order mark comes before the JSON", "save it as UTF-8 without one")
    start = len(text) - len(text.lstrip(_BLANKS))
    try:
        end = _end_of_value(text, start)
    except StopIteration as stop:
        end = int(stop.value)
        _fail(word, text[:end], "a value is expected here" if end < len(text) else "it ends where a value is expected")
    except RecursionError:
        _fail(word, text[:start], "it is nested too deeply to be read", "Python's own `json` can't read it either")
    except _Constant as constant:
        name = str(constant)
        _fail(word, text[: _outside_strings(text, name)], f"`{name}` is no JSON", "write it as null or as a string")
    except ValueError as error:
        why = str(getattr(error, "msg", None) or error).removesuffix(" at").removesuffix(" starting")
        _fail(word, text[: getattr(error, "pos", 0)], why)
    rest = text[end:].lstrip(_BLANKS)
    if rest:
        _fail(word, text[: len(text) - len(rest)], "there is more after the end of the JSON value")


class _Constant(Exception):
    """NaN or an infinity, as Python's reader knows them."""


def _constant(name: str) -> NoReturn:
    raise _Constant(name)


class _Reading:
    """What the reader in C asks for; the numbers themselves are of no interest, however long they are."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = bool
    parse_int = bool
    parse_constant = staticmethod(_constant)
    memo: dict[str, str] = {}  # noqa: RUF012  asked for, and never shared between threads


def _end_of_value(text: str, start: int) -> int:
    """Where the JSON value ends that starts there. By the part of `json` that is written in C: the rest takes 8 ms.

    Raises what `json.JSONDecoder` raises; `StopIteration` holds the place where a value is expected.
    """
    try:
        from _json import make_scanner

        scan: Any = make_scanner
        end: int = scan(_Reading)(text, start)[1]
        return end
    except (ImportError, SystemError, StopIteration, ValueError):
        pass  # without the rest, the part in C can't say what is wrong
    from json import scanner

    scan = scanner.make_scanner
    return int(scan(_Reading)(text, start)[1])


def _outside_strings(text: str, word: str) -> int:
    """Where `word` first stands outside of a string."""
    at = 0
    while True:
        found, quote = text.find(word, at), text.find('"', at)
        if quote < 0 or found < quote:
            return max(0, found)
        at = quote + 1
        while text[at] != '"':
            at += 2 if text[at] == "\\" else 1
        at += 1


def _fail(word: str, before: str, why: str, hint: str = "") -> NoReturn:
    """Raise the failure for what stands after the text `before`."""
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    message = f"the input `{word}` is not JSON: line {line}, column {column}: {why}"
    raise Failure("E_INPUT", message, hint=hint, exit=ExitCode.USAGE, where=Where(word, line))


def _refused(message: str, path: str, *, hint: str = "") -> Failure:
    return Failure("E_INPUT", message, hint=hint, exit=ExitCode.USAGE, where=Where(path))
