"""The lock of a script: making it, checking it, exporting it. Where it is written to is for the caller to say.

uv writes locks in place; here it works on a copy in a folder of ours, so that the user's file is replaced whole or not
at all. Only a script with sources relative to its folder needs its copy beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pyst.environments.build import expect, own_configuration
from pyst.environments.places import cache_failed, writable_root
from pyst.environments.spec import EnvSpec
from pyst.environments.toml import script_block
from pyst.environments.trash import discard
from pyst.environments.untrusted import refuse_untrusted
from pyst.system.files import write_atomic
from pyst.system.uv import Uv, make_work_folder

WORK_PREFIX = "lock-"


def make_lock(spec: EnvSpec, root: str, uv: Uv, *, name: str, source: bytes, upgrade: bool = False) -> bytes:
    """A lock for the block that `spec` was made of. Versions of `spec.lock` stay where they can, unless `upgrade`.

    `source` is the script's text. Raises `Failure`, as `diagnose` tells: E_LOCK_BROKEN where `spec.lock` can't be read.
    """
    refuse_untrusted(spec._replace(lock=None), name)
    with _copy(spec, root, uv, source) as (script, folder, words):
        if spec.lock is not None:
            write_atomic(script + ".lock", spec.lock)
        more = ["--upgrade"] if upgrade else []
        ended = uv.call("lock", "--script", script, *words, *more, folder=folder, doing=f"locking {name}")
        expect(ended.exit_code, ended.stderr, spec, uv, name)
        with open(script + ".lock", "rb") as file:
            return file.read()


def check_lock(spec: EnvSpec, root: str, uv: Uv, *, name: str, source: bytes) -> None:
    """Raise `Failure` (E_LOCK_STALE, E_LOCK_BROKEN, …) unless `spec.lock` fits the block."""
    refuse_untrusted(spec, name)
    with _copy(spec, root, uv, source) as (script, folder, words):
        write_atomic(script + ".lock", spec.lock or b"")
        ended = uv.call("lock", "--script", script, "--check", *words, folder=folder, doing=f"checking {name}")
        expect(ended.exit_code, ended.stderr, spec, uv, name)


def export_pylock(spec: EnvSpec, root: str, uv: Uv, *, name: str, source: bytes) -> bytes:
    """`spec.lock` in the form of PEP 751 (`pylock.toml`). Raises `Failure`."""
    with _copy(spec, root, uv, source) as (script, folder, words):
        write_atomic(script + ".lock", spec.lock or b"")
        words = ["export", "--script", script, "--format", "pylock.toml", "--no-header", "--locked", *words]
        ended = uv.call(*words, folder=folder, doing=f"exporting the lock of {name}")
        expect(ended.exit_code, ended.stderr, spec, uv, name)
        return ended.stdout


@contextmanager
def _copy(spec: EnvSpec, root: str, uv: Uv, source: bytes) -> Iterator[tuple[str, str, list[str]]]:
    """A script for uv to work on, the folder to work in, and the words for the call."""
    root = writable_root(root, uv.environ, uv.say)
    mark = f"{WORK_PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
    folder = os.path.join(root, ".work", mark)
    words = ["--python", spec.interpreter.path, *spec.flags, *([] if spec.allow_build else ["--no-build"])]
    beside = None
    try:
        make_work_folder(folder)
        script = os.path.join(folder, "script.py")
        if spec.script is None:
            write_atomic(script, script_block(spec.requires_python, spec.requirements, spec.tool))
        else:
            script = beside = os.path.join(os.path.dirname(spec.script), f".pyst-{mark}.py")
            words += own_configuration(uv)
            write_atomic(script, source)
        yield script, folder, words
    except OSError as error:
        raise cache_failed(folder, error) from error
    finally:
        for path in (beside, beside and beside + ".lock"):
            if path:
                try:
                    os.unlink(path)
                except OSError:
                    pass
        try:
            discard(folder, root)
        except OSError:
            pass
