"""Scripts from elsewhere: whether each installed one still is what was installed, its command what pyst wrote, and the
mapping of scripts to gists whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyst.errors import Failure
from pyst.upkeep.examination import Case, Result

if TYPE_CHECKING:
    from pyst.sharing.manifest import Installed, Manifest

MOST_SCRIPT_BYTES = 64 << 20
REASONS = {
    "changed": "its bytes are others than were installed",
    "lock_changed": "its lock is another than was installed",
}


def installed_scripts(case: Case) -> Iterator[Result]:
    """The manifest, each script that it names, each command, and what lies among them and is not named."""
    from pyst.sharing.manifest import read_manifest

    try:
        manifest = read_manifest(case.paths.manifest_file)
    except Failure as failure:
        yield Result("installed", "fail", failure.message, failure.hint)
        return
    found = [
        each for entry in manifest.scripts.values() for each in (*_script(entry, manifest), *_command(case, entry))
    ]
    found += _strangers(case, manifest)
    yield from found
    if not found:
        count = len(manifest.scripts)
        message = "no script is installed" if not count else f"{count} installed, each as it was installed"
        yield Result("installed", "ok", message)


def mapped_scripts(case: Case) -> Iterator[Result]:
    """Whether the mapping of scripts to gists can be understood, and what of it waits for a look."""
    from pyst.sharing.mapping import read_mapping

    try:
        scripts = read_mapping(case.paths.mapping_file).scripts
    except Failure as failure:
        yield Result("mapping", "fail", failure.message, failure.hint)
        return
    waiting = sum(not each.enabled for each in scripts.values())
    more = f", {waiting} of them not enabled here" if waiting else ""
    yield Result("mapping", "ok", f"{len(scripts)} in gists{more}" if scripts else "no script lies in a gist")


def _script(entry: Installed, manifest: Manifest) -> Iterator[Result]:
    from pyst.sharing.integrity import standing
    from pyst.system.witness import Witness

    witness = Witness()
    hint = f"`pyst update {entry.name}` brings it back"
    try:
        source = witness.read(entry.file, most_bytes=MOST_SCRIPT_BYTES)
    except Failure as failure:
        yield Result("installed", "warn", f"`installed:{entry.name}` does not run: {failure.message}", hint)
        return
    if source is None:
        hint += f", `pyst uninstall {entry.name}` forgets it"
        yield Result("installed", "warn", f"`installed:{entry.name}` is gone: there is no `{entry.file}`", hint)
        return
    state = standing(entry.file, source, manifest, witness)
    if state != "intact":
        hint += f", `pyst trust installed:{entry.name}` accepts it"
        message = f"`installed:{entry.name}` does not run: {REASONS.get(state, state)}"
        yield Result("installed", "warn", message, hint)


def _command(case: Case, entry: Installed) -> Iterator[Result]:
    from pyst.sharing.shims import interpreter_of, is_ours, read_shim

    if entry.shim is None:
        return
    path = os.path.join(case.paths.data, entry.shim["path"])
    try:
        data = read_shim(path)
    except Failure:
        data = b""
    if data is None:
        hint = f"`pyst update {entry.name}` puts it there again"
        yield Result("installed", "warn", f"the command of `installed:{entry.name}` is gone: `{path}`", hint)
    elif not is_ours(data):
        hint = f"move it away; `pyst update {entry.name}` then puts the command there again"
        yield Result(
            "installed", "warn", f"`{path}` is not the command of `installed:{entry.name}` that pyst wrote", hint
        )
    elif (interpreter := interpreter_of(data)) is not None and not os.access(interpreter, os.X_OK):
        message = f"the interpreter that the command of `installed:{entry.name}` starts is gone: `{interpreter}`"
        yield Result("installed", "warn", message, f"`pyst update {entry.name}` gives it one again")


def _strangers(case: Case, manifest: Manifest) -> Iterator[Result]:
    """Scripts among the installed ones that pyst did not install."""
    from pyst.scripts.discover import find_script_files

    listed = find_script_files(case.paths.installed, "installed")
    for each in (*listed.found, *listed.twins):
        path = each.script.path
        if manifest.of_file(path) is None:
            hint = "move it to another folder of scripts, or install it"
            yield Result("installed", "warn", f"`{path}` does not run: pyst did not install it", hint)
