"""Shims: small files in `bin/` that make a command of an installed script. Owns what is in them, and whose they are.

A shim of the kind `pyst` runs its script through pyst. One of the kind `direct` starts the interpreter of the script's
environment itself: where it can, it is the script, with that interpreter in its first line; else a few lines of shell.
Its first lines carry the hash of the rest, so that what pyst wrote, and nobody changed, is known wherever it lies;
anything else is somebody else's, and is neither overwritten nor deleted.
Files are changed by `transaction`; how the shells of Windows are told the same is `windows_shims`'.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pyst.errors import ExitCode, Failure, Where
from pyst.named import NamedTuple
from pyst.system.digest import sha256

KINDS = ("pyst", "direct")
MOST_BYTES = 1 << 20
MODE = 0o755
MOST_FIRST_LINE_BYTES = 127
"""The longest first line that every kernel takes whole: Linux before 5.1 took so much."""
_MARK = "Made by pyst; the rest of this file has the SHA-256"


class Shim(NamedTuple):
    """A shim as it is to be: where, what is in it, the SHA-256 of all of it (hex), and its kind."""

    path: str
    content: bytes
    sha256: str
    kind: str


class Start(NamedTuple):
    """What a shim starts. `words` begin with an absolute path; `needs` are files without which it can't be started.

    `environment` is the folder of the script's environment, which is to be in force; None leaves all as it is.
    `script` are the bytes of the file that the last word names, where the interpreter starts just that.
    """

    words: tuple[str, ...]
    needs: tuple[str, ...] = ()
    environment: str | None = None
    script: bytes | None = None


def pyst_start(name: str) -> Start:
    """How this pyst runs the installed script `name`: its bare start, without what the launcher loads first."""
    import pyst

    boot = os.path.join(os.path.dirname(os.path.abspath(pyst.__file__)), "boot.py")
    words = (sys.executable, "-P", "-S", boot, "run", f"installed:{name}", "--")
    return Start(words, (sys.executable, boot))


def direct_start(words: Sequence[str], environment: str | None, script: bytes | None = None) -> Start:
    """How the interpreter of an environment starts a script: the `words` of its plan, without arguments.

    `script` are its bytes, which count where these words are the interpreter, `-P` and the script's path alone.
    """
    is_plain = len(words) == 3 and words[1] == "-P"
    return Start(tuple(words), (words[0],), environment, script if is_plain else None)


def plan_shim(name: str, kind: str, folder: str, start: Start | None = None) -> Shim:
    """The shim of the installed script `name` for a POSIX shell, in `folder`.

    `start` is what a direct shim starts. One of shell does what one of the kind `pyst` does where that is gone.
    """
    if (kind == "direct") != (start is not None) or kind not in KINDS:
        raise ValueError("a direct shim, and no other, is told what to start")
    content = _as_python(start) if start is not None else None
    if content is None:
        lines = [*_branch(start), *_branch(pyst_start(name)), *_by_name(name)]
        body = os.fsencode("\n".join(lines) + "\n")
        content = sealed(body, "#!/bin/sh\n# ", "\n")
    return Shim(os.path.join(folder, name), content, sha256(content), kind)


def _as_python(start: Start) -> bytes | None:
    """The script under a first line that names its interpreter; None where that would not be the same script.

    No shell stands before it, whose start takes about a tenth of the interpreter's own.
    """
    from pyst.scripts.decoding import BOM, decode

    if start.script is None:
        return None
    python = start.words[0]
    if not python.isprintable() or len(python.split()) != 1 or len(f"#!{python} -P".encode()) > MOST_FIRST_LINE_BYTES:
        return None
    content = sealed(start.script.removeprefix(BOM), f"#!{python} -P\n# ", "\n")
    try:
        is_same = decode(content).split("\n", 2)[2] == decode(start.script)
    except (UnicodeError, LookupError):  # only its own first two lines can tell its encoding
        return None
    return content if is_same and len(content) <= MOST_BYTES else None


def interpreter_of(data: bytes) -> str | None:
    """The interpreter that this shim of pyst's needs in its place: no other start is in it; None of any other file."""
    first, _, _ = data.partition(b"\n")
    if not first.startswith(b"#!/") or not first.endswith(b" -P") or not is_ours(data):
        return None
    return os.fsdecode(first[2:-3])


def needed_interpreters(folder: str) -> dict[str, str]:
    """The interpreters that shims in `folder` need in their places: path → the name of such a shim."""
    found: dict[str, str] = {}
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return {}
    for name in names:
        try:
            data = read_shim(os.path.join(folder, name))
        except Failure:
            continue
        interpreter = interpreter_of(data or b"")
        if interpreter is not None:
            found.setdefault(interpreter, name)
    return found


def _branch(start: Start | None) -> list[str]:
    """The lines that start this, if what it needs is there."""
    if start is None:
        return []
    there = " && ".join(f"[ {'-x' if at == 0 else '-f'} {posix_quoted(each)} ]" for at, each in enumerate(start.needs))
    words = " ".join(map(posix_quoted, start.words))
    lines = [f"if {there}; then"]
    if start.environment is not None:
        lines += [
            f"VIRTUAL_ENV={posix_quoted(start.environment)}",
            f'PATH={posix_quoted(os.path.dirname(start.words[0]))}:"${{PATH:-{os.defpath}}}"',
            "export VIRTUAL_ENV PATH",
            "unset PYTHONHOME VIRTUAL_ENV_PROMPT",
        ]
    return [*lines, f'exec {words} "$@"', "fi"]


def _by_name(name: str) -> list[str]:
    """The lines that ask the pyst that is on PATH."""
    gone = f"error: `{name}` runs through pyst, which is not where it was ({sys.executable}), nor on PATH"
    return [
        "command -v pyst >/dev/null || {",
        f"printf '%s\\n' {posix_quoted(gone)} >&2",
        f"exit {ExitCode.NOT_FOUND}",
        "}",
        f'exec pyst run {posix_quoted(f"installed:{name}")} -- "$@"',
    ]


def posix_quoted(word: str) -> str:
    """`word` as one word of a POSIX shell, whatever is in it (but NUL, which no path has)."""
    from shlex import quote

    return quote(word)


def sealed(body: bytes, before: str, after: str) -> bytes:
    """`body` under a comment that says who wrote it and what its hash is; `before` begins the comment's line."""
    return f"{before}{_MARK} {sha256(body)}{after}".encode() + body


def is_ours(data: bytes) -> bool:
    """Whether pyst wrote these bytes of a shim, and nobody changed them."""
    before, mark, rest = data.partition(_MARK.encode() + b" ")
    if not mark or len(before) > 2 * MOST_FIRST_LINE_BYTES:
        return False
    told, _, body = rest.partition(b"\n")
    return told.rstrip(b"\r").decode("ascii", "replace") == sha256(body)


def read_shim(path: str) -> bytes | None:
    """The bytes of the file at `path`, None where nothing is.

    Raises `Failure` (E_SHIM) for what is no shim: a folder, a link, a device, a large file; or what can't be read.
    """
    from pyst.system.files import open_regular

    try:
        with open(open_regular(path), "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        folder = os.path.dirname(path)
        message = f"`{folder}`, where commands belong, is no folder; it is left as it is"
        raise Failure("E_SHIM", message, hint="move it away", where=Where(folder)) from error
    except OSError as error:
        raise _foreign(path) from error
    if len(data) > MOST_BYTES:
        raise _foreign(path)
    return data


def check_shim(shim: Shim) -> bytes | None:
    """What now is at the shim's path, pyst's own; None for nothing. Raises `Failure` (E_SHIM) for anything else."""
    data = read_shim(shim.path)
    if data is not None and not is_ours(data):
        raise _foreign(shim.path)
    return data


def _foreign(path: str) -> Failure:
    return Failure(
        "E_SHIM",
        f"`{path}` is not a file that pyst wrote; it is left as it is",
        hint="move it away, or install the script by another name (`--as NAME`)",
        where=Where(path),
    )
