"""The ground of a run: from the word that a person typed to the script, its entry, and the verdict over it.

Reads files through the witness alone, and starts nothing. The environment comes after, in `environments`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyst.errors import ExitCode, Failure, Where
from pyst.running.prepare import MOST_CODE_BYTES, Target
from pyst.scripts.introspect import entry_of
from pyst.scripts.script import Broken, Metadata, Script
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.scripts.catalog import Place
    from pyst.settings.contexts import Verdict
    from pyst.settings.workspace import Workspace
    from pyst.system.paths import Paths

MOST_SCRIPT_BYTES = 64 << 20


class Ground(NamedTuple):
    """What was found. `script` and `verdict` are None for code that was typed; `source` is what will run.

    `lock_doubt` says what of its lock ended the trust in the script (`Trust.lock_doubt`).
    `broken`: pyst's own Python can't parse it, so that how to start it is not known. `altered`: why an installed script
    may not run, because it is not what was installed.
    """

    script: Script | None
    target: Target
    source: bytes
    metadata: Metadata | None
    verdict: Verdict | None
    trusted: bool
    broken: Broken | None = None
    lock_doubt: str = ""
    altered: Failure | None = None

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return self.script.name if self.script else self.target.word

    @property
    def is_blocked(self) -> bool:
        return self.verdict is not None and not self.verdict.allowed


def ground_of_script(
    word: str,
    *,
    workspace: Workspace,
    places: Sequence[Place],
    paths: Paths,
    context: str | None,
    environ: Mapping[str, str],
    cwd: str,
    witness: Witness,
    is_async: bool = False,
) -> Ground:
    """The ground of the script that `word` means; blocked or not, that is for the caller to act on.

    Raises `Failure`: what `resolve` raises (126, 127), E_METADATA for a wrong block, E_CONTEXT for an unknown context.
    """
    from pyst.scripts.catalog import resolve

    script = resolve(word, places, cwd, witness)
    ground = ground_of_found(
        script, workspace=workspace, context=context, environ=environ, witness=witness, is_async=is_async
    )
    return _guarded(ground, script, paths, witness)


def _guarded(ground: Ground, script: Script, paths: Paths, witness: Witness) -> Ground:
    """The ground of a script that may be an installed one: those find nothing that lies beside them, which is neither
    theirs nor checked for them."""
    from pyst.scripts.catalog import is_installed

    if not is_installed(script.path, paths):
        return ground
    altered = alteration(script, ground.source, paths, witness)
    return ground._replace(altered=altered, target=ground.target._replace(is_alone=True))


def alteration(script: Script, source: bytes, paths: Paths, witness: Witness) -> Failure | None:
    """Why a script may not run that was installed and is no longer what was installed; None for any other."""
    from pyst.scripts.catalog import is_installed

    if not is_installed(script.path, paths):
        return None
    from pyst.sharing.integrity import integrity_failure

    return integrity_failure(script.path, source, paths.manifest_file, witness)


def ground_of_found(
    script: Script,
    *,
    workspace: Workspace,
    context: str | None,
    environ: Mapping[str, str],
    witness: Witness,
    is_async: bool = False,
) -> Ground:
    """The ground of a script that was found already. Raises `Failure`, as `ground_of_script` does.

    Whether it is still what was installed is not asked: the bytes may be recorded ones, of another time.
    """
    from pyst.settings.contexts import active_context, verdict

    source = read_source(script, witness)
    entry = entry_of(source, script.path)
    judged = verdict(script, active_context(context, environ, workspace.settings), workspace.settings)
    is_alone = script.origin == "installed"
    target = Target(script.path, calls_main=entry.calls_main, is_async=is_async, is_alone=is_alone)
    was_trusted = workspace.trust.covers_bytes(script.path, source)
    doubt = workspace.trust.lock_doubt(script.path, witness) if was_trusted else ""
    trusted = was_trusted and not doubt
    return Ground(script, target, source, entry.metadata, judged, trusted, entry.broken, doubt)


def read_source(script: Script, witness: Witness) -> bytes:
    """The bytes of a script. Raises `Failure` (126) where they can't be had."""
    try:
        source = witness.read(script.path, most_bytes=MOST_SCRIPT_BYTES)
    except Failure as failure:
        failure.exit = ExitCode.CANNOT_EXECUTE
        raise
    if source is None:
        raise Failure("E_NOT_FOUND", f"`{script.path}` is gone", exit=ExitCode.NOT_FOUND)
    return source


def ground_of_code(code: bytes, word: str, *, snippets: str, is_async: bool) -> Ground:
    """The ground of code from the command line (`word` is `-c`) or standard input (`-`).

    Code that is long, or that pyst has to start in a way of its own, is put into a file below `snippets`. Typed code
    is the user's own: no context speaks of it, and its requirements are trusted.
    """
    if b"\0" in code:
        raise Failure("E_USAGE", "the code holds a NUL byte", exit=ExitCode.USAGE)
    entry = entry_of(code, f"<{word}>")
    path = None
    if is_async or entry.calls_main or (word == "-c" and len(code) > MOST_CODE_BYTES):
        path = _keep_snippet(code, snippets)
    target = Target(path, code, word, calls_main=entry.calls_main, is_async=is_async)
    return Ground(None, target, code, entry.metadata, None, trusted=True)


def _keep_snippet(code: bytes, folder: str) -> str:
    from hashlib import sha256

    from pyst.system.files import make_cache_folder, write_atomic

    path = os.path.join(folder, sha256(code).hexdigest()[:32] + ".py")
    try:
        make_cache_folder(folder)
        write_atomic(path, code, mode=0o600)
    except OSError as error:
        message = f"the code can't be kept in `{path}`: {error.strerror}"
        raise Failure("E_CACHE_WRITE", message, where=Where(path)) from error
    return path
