"""The store of environments: one folder per key, built once by whoever comes first, taken for whole by its marker.

    <root>/<key>/                        the virtual environment, built in place (they can't be moved)
    <root>/<key>/pyst-environment.json   the marker, written last; without it there is no environment
    <root>/<key>/last-used               its time says when the environment was last used
    <root>/.locks/<key>                  held by who builds or deletes, and by the helpers that they started
    <root>/.users/<key>                  the scripts that asked for it; if lost, only the time counts
    <root>/.work, .trash, .interpreters  uv's working folders, what is being deleted, answers about interpreters

Most processes only look: this module imports little, and `environments.build` only where something must be built.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pyst.environments.places import cache_failed, is_private, writable_root
from pyst.environments.spec import Environment, EnvSpec
from pyst.errors import Failure
from pyst.hotpath import digest

if TYPE_CHECKING:
    from pyst.system.uv import Uv
    from pyst.system.witness import Witness

MARKER = "pyst-environment.json"
USED = "last-used"
MARKER_ENDS = b'"whole": true}\n'
MOST_MARKER_BYTES = 4 << 20
MOST_CONFIG_BYTES = 1 << 16
MOST_USERS_BYTES = 1 << 20
DIE_WITH_US = sys.platform == "linux"
"""Whether the kernel kills uv with the pyst that started it. Elsewhere uv holds the lock for as long as it writes."""


def marker_begins(folder: str, key: str) -> bytes:
    """How the marker of the environment in `folder` begins: with its key, and a digest of its `pyvenv.cfg`.

    An interpreter whose `pyvenv.cfg` was spoiled starts as well, but without the environment's packages.
    """
    config = _read(os.path.join(folder, "pyvenv.cfg"), MOST_CONFIG_BYTES) or b""
    return b'{"format": 2, "key": "%s", "pyvenv": "%s", ' % (key.encode(), digest(config).hex().encode())


def plain_environment(spec: EnvSpec) -> Environment:
    """The interpreter itself, for a script that asks for nothing."""
    return Environment("", None, spec.interpreter.path, spec.interpreter)


def python_of(folder: str) -> str:
    """Where the interpreter of a virtual environment lies."""
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def expected_environment(spec: EnvSpec, root: str) -> Environment:
    """The environment of `spec` as it is, or will be once built: its paths follow from the key. Touches nothing."""
    if spec.is_plain:
        return plain_environment(spec)
    folder = os.path.join(root, spec.key)
    used, marker = os.path.join(folder, USED), os.path.join(folder, MARKER)
    return Environment(spec.key, folder, python_of(folder), spec.interpreter, used, marker)


def find(spec: EnvSpec, root: str, witness: Witness | None = None) -> Environment | None:
    """The environment of `spec` where it is there and whole: the marker is read, the interpreter must be there.

    `witness` then looks at what the answer rests on.
    """
    found = expected_environment(spec, root)
    if found.path is None:
        return found
    if not is_whole(found.path, found.key):
        return None
    if witness is not None:
        for path in (found.marker or "", found.python, os.path.join(found.path, "pyvenv.cfg")):
            witness.look(path)
    return found


def is_whole(folder: str, key: str) -> bool:
    """Whether the environment in `folder` was finished and still has its interpreter."""
    data = read_marker(folder)
    if data is None or not data.endswith(MARKER_ENDS) or not data.startswith(marker_begins(folder, key)):
        return False
    python = python_of(folder)
    return os.path.isfile(python) and os.access(python, os.X_OK)


def read_marker(folder: str) -> bytes | None:
    """The bytes of the marker in `folder`, or None. Never blocks."""
    return _read(os.path.join(folder, MARKER), MOST_MARKER_BYTES)


def _read(path: str, most_bytes: int) -> bytes | None:
    from stat import S_ISREG

    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            found = os.fstat(fd)
            if not S_ISREG(found.st_mode) or found.st_size > most_bytes:
                return None
            return os.read(fd, found.st_size)
        finally:
            os.close(fd)
    except OSError:
        return None


def ensure(
    spec: EnvSpec,
    root: str,
    uv: Uv,
    *,
    name: str = "",
    user: str | None = None,
    witness: Witness | None = None,
) -> Environment:
    """The environment of `spec`: found, or built by one process while all others who ask wait for it.

    `name` is how the user names the script, `user` the path of the script that asks (for `pyst gc`). `uv.say` is told
    of waiting and of long work. Where the cache can't be written, a private temporary store takes its place.
    Raises `Failure`: what `diagnosis.diagnose` tells of, E_UNTRUSTED_*, E_CACHE_WRITE, E_ENVIRONMENT.
    """
    if not is_private(root):
        root = writable_root(root, uv.environ, uv.say)
    if witness is not None:
        witness.look(root)
    found = find(spec, root, witness)
    if found is None:
        root = writable_root(root, uv.environ, uv.say)
        found = find(spec, root, witness) or _build_once(spec, root, uv, name or "the script", witness)
    if found.path is not None:
        touch(found)
        if user is not None and not spec.with_requirements:
            record_user(root, found.key, user)
    return found


def _build_once(spec: EnvSpec, root: str, uv: Uv, name: str, witness: Witness | None) -> Environment:
    from pyst.environments.untrusted import refuse_untrusted
    from pyst.system.files import locked

    refuse_untrusted(spec, name)
    folder = os.path.join(root, spec.key)

    def waiting() -> None:
        if uv.say:
            uv.say("waiting for another process that builds this environment")

    try:
        with locked(os.path.join(root, ".locks", spec.key), waiting=waiting, inherited=not DIE_WITH_US):
            if not is_whole(folder, spec.key):
                from pyst.environments.build import build

                build(spec, root, uv, name)
    except OSError as error:
        raise cache_failed(root, error) from error
    found = find(spec, root, witness)
    if found is None:
        raise Failure("E_ENVIRONMENT", f"`{folder}` was taken away while it was built", hint="run it again")
    return found


def touch(environment: Environment) -> None:
    """Note that the environment is used now. What can't be written is passed over."""
    try:
        os.utime(environment.used or "")
    except OSError:
        pass


def record_user(root: str, key: str, script: str) -> None:
    """Note that `script` asked for the environment `key`, once. What can't be written is passed over."""
    path = os.path.join(root, ".users", key)
    entry = os.fsencode(script) + b"\0"
    known = _read(path, MOST_USERS_BYTES)
    if known is not None and (known.startswith(entry) or b"\0" + entry in known):
        return
    from pyst.system.files import open_own_file

    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        fd = open_own_file(path, os.O_RDWR | os.O_APPEND)
        try:
            if os.fstat(fd).st_size > MOST_USERS_BYTES:
                os.ftruncate(fd, 0)  # nobody could read it any more
            os.write(fd, entry)
        finally:
            os.close(fd)
    except OSError:
        pass


def users_of(root: str, key: str) -> tuple[str, ...]:
    """The scripts that asked for the environment `key`, as far as is known."""
    data = _read(os.path.join(root, ".users", key), MOST_USERS_BYTES) or b""
    return tuple(dict.fromkeys(os.fsdecode(each) for each in data.split(b"\0")[:-1] if each[:1] == b"/"))
