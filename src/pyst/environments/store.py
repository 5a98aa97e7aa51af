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

from pyst.environments.marker import MARKER, USED, is_whole, python_of, read_bounded
from pyst.environments.places import cache_failed, is_private, writable_root
from pyst.environments.spec import Environment, EnvSpec
from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.system.uv import Uv
    from pyst.system.witness import Witness

MOST_USERS_BYTES = 1 << 20
DIE_WITH_US = sys.platform == "linux"
"""Whether the kernel kills uv with the pyst that started it. Elsewhere uv holds the lock for as long as it writes."""


def plain_environment(spec: EnvSpec) -> Environment:
    """The interpreter itself, for a script that asks for nothing."""
    return Environment("", None, spec.interpreter.path, spec.interpreter)


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
    known = read_bounded(path, MOST_USERS_BYTES)
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
    data = read_bounded(os.path.join(root, ".users", key), MOST_USERS_BYTES) or b""
    return tuple(dict.fromkeys(os.fsdecode(each) for each in data.split(b"\0")[:-1] if each[:1] == b"/"))
