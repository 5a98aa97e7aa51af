"""What a name means: the scripts that are visible from here, in their order of precedence.

`resolve` finds the one script of a word by asking for its few candidate files, and lists nothing; `Catalog` holds
all of them, for listings and near misses. The two agree. Where script files lie is told by `pyst.scripts.discover`,
what is in them by `pyst.scripts.library`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.scripts.script import Script
from pyst.survey import is_ignored
from pyst.system.witness import is_settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyst.scripts.discover import Folder, Found
    from pyst.settings.workspace import Workspace
    from pyst.system.paths import Paths
    from pyst.system.witness import Witness

SELECTORS = ("project", "global", "installed")
"""The origins that may stand before a name, as in `global:backup`."""


class Place(NamedTuple):
    """A script folder and the origin of what is in it."""

    origin: str
    root: str


def places_from(workspace: Workspace, paths: Paths) -> tuple[Place, ...]:
    """The script folders that are searched from here, nearest first, by the setting `core.precedence`."""
    core = workspace.settings.core
    project = [Place("project", core.project_script_dir)]
    everywhere = [Place("global", root) for root in core.global_script_dirs]
    installed = [Place("installed", paths.installed)]
    nearest = [*everywhere, *project] if core.precedence == "global" else [*project, *everywhere]
    once: dict[str, Place] = {}
    for place in (*nearest, *installed):
        once.setdefault(place.root, place)
    return tuple(once.values())


def is_installed(path: str, paths: Paths) -> bool:
    """Whether the file at `path` is an installed script, by whatever name or link it was come to."""
    folder = paths.installed
    return path.startswith(folder + os.sep) or os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


class Entry(NamedTuple):
    """One script of the catalog. `shadowed_by` is the path of the script that its name means instead."""

    found: Found
    shadowed_by: str | None = None

    @property
    def script(self) -> Script:
        return self.found.script


class Catalog(NamedTuple):
    """All scripts that are visible from here: those that a plain name means, and those that it does not.

    `began_ns` is a time before the folders were looked at.
    """

    entries: tuple[Entry, ...]
    shadowed: tuple[Entry, ...] = ()
    folders: tuple[Folder, ...] = ()
    began_ns: int = 0

    def find(self, name: str) -> Entry | None:
        """The entry that `name` or `origin:name` means, or None."""
        origin, bare = split_selector(name)
        for each in (*self.entries, *self.shadowed) if origin else self.entries:
            if each.script.name == bare and origin in ("", each.script.origin) and each.found.stamp:
                return each
        return None

    @property
    def rests_on(self) -> tuple[tuple[str, bytes], ...] | None:
        """The folders and their fingerprints, on which an answer made of this catalog rests.

        None where it can't be kept: not all was seen, or a file changed so lately that its stamp could hide more.
        """
        trees = [(folder.root, folder.fingerprint) for folder in self.folders if folder.fingerprint is not None]
        settled = all(is_settled(folder.newest_ns, self.began_ns) for folder in self.folders)
        return tuple(trees) if settled and len(trees) == len(self.folders) else None

    def twins_of(self, script: Script) -> list[Entry]:
        """The other files of the same name."""
        both = (*self.entries, *self.shadowed)
        return [each for each in both if each.script.name == script.name and each.script.path != script.path]


def make_catalog(folders: Sequence[Folder], began_ns: int = 0) -> Catalog:
    """The catalog of these folders; the first in which a name is found has it."""
    entries: list[Entry] = []
    shadowed: list[Entry] = []
    owners: dict[str, str] = {}
    for folder in folders:
        for found in folder.found:
            owner = owners.get(found.script.name)
            if found.stamp is None or owner is None:
                entries.append(Entry(found))
            else:
                shadowed.append(Entry(found, owner))
            if found.stamp is not None and owner is None:
                owners[found.script.name] = found.script.path
        shadowed += [Entry(found, owners[found.script.name]) for found in folder.twins]
    entries.sort(key=_by_name)
    shadowed.sort(key=_by_name)
    return Catalog(tuple(entries), tuple(shadowed), tuple(folders), began_ns)


def _by_name(entry: Entry) -> str:
    return entry.found.script.name


def find_catalog(workspace: Workspace, paths: Paths) -> Catalog:
    """All scripts that are visible from this workspace."""
    return read_catalog(places_from(workspace, paths))


def read_catalog(places: Iterable[Place]) -> Catalog:
    """All scripts in these folders."""
    import time

    from pyst.scripts.discover import find_script_files

    began_ns = time.time_ns()
    return make_catalog([find_script_files(place.root, place.origin) for place in places], began_ns)


def split_selector(word: str) -> tuple[str, str]:
    """`origin:name` in its two parts; the origin is empty where there is none."""
    origin, colon, name = word.partition(":")
    return (origin, name) if colon and origin in SELECTORS else ("", word)


def resolve(word: str, places: Sequence[Place], cwd: str, witness: Witness) -> Script:
    """The script that `word` means: a path, a name, or `origin:name`.

    Looks only at files that the word could mean, all of them through `witness`, so that an answer that was kept
    is dropped when a nearer candidate appears. Raises `Failure`: `E_NOT_FOUND` (127), with near misses; or what
    keeps the file that is meant from being run: `E_NOT_A_FILE`, `E_NOT_PYTHON`, `E_UNREADABLE` (126).
    """
    if not word or "\0" in word:
        raise Failure("E_NOT_FOUND", "a script's name can't be empty or hold a NUL", exit=ExitCode.NOT_FOUND)
    path = os.path.join(cwd, word)
    if ".." not in word.split("/"):  # across a link, `..` is not what it seems
        path = os.path.normpath(path)
    if word.startswith(("/", "./", "../")) or word in (".", ".."):
        return _script_at(word, path, witness)
    refusals: list[Failure] = []
    if ("/" in word or word.endswith(".py")) and witness.is_file(path):
        script = _accepted(_by_path(path), witness, refusals)
        if script:
            return script
    origin, name = split_selector(word)
    for place in places:
        if origin in ("", place.origin):
            script = _script_in(place, name, witness, refusals)
            if script:
                return script
    if refusals:
        raise refusals[0]
    if "/" in word and witness.look(path):
        raise _not_a_file(path, witness)
    raise _not_found(word, places)


def _by_path(path: str) -> Script:
    folder, _, file = path.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    return Script(stem if dot and suffix in ("py", "pyw") else file, path, "path", folder or "/")


def _script_at(word: str, path: str, witness: Witness) -> Script:
    """The script that an unmistakable path names."""
    if witness.look(path) is None:
        try:
            os.lstat(path)
        except OSError as error:
            if isinstance(error, PermissionError):
                raise _unreadable(path, error) from error
            message = f"there is no file `{word}`"
            raise Failure("E_NOT_FOUND", message, hint="`pyst list` shows the scripts", exit=127) from error
        raise Failure("E_UNREADABLE", f"`{path}` is a link that leads nowhere", exit=ExitCode.CANNOT_EXECUTE)
    if not witness.is_file(path):
        raise _not_a_file(path, witness)
    refusals: list[Failure] = []
    script = _accepted(_by_path(path), witness, refusals)
    if script is None:
        raise refusals[0]
    return script


def _script_in(place: Place, name: str, witness: Witness, refusals: list[Failure]) -> Script | None:
    """The script called `name` in one script folder, or None; then `refusals` may say what was passed over."""
    *groups, last = name.split("/")
    folder = place.root
    for group in groups:
        if not group or is_ignored(group):
            return None
        folder = f"{folder}/{group}"
        if witness.look(folder + "/pyvenv.cfg"):
            return None
    if not last or is_ignored(last + ".py"):
        return None
    for file in (last + ".py", last):
        path = f"{folder}/{file}"
        stamp = witness.look(path)
        if stamp is None or witness.is_dir(path) or (file == last and "." in last and last[-3:] != ".py"):
            continue
        if not witness.is_file(path):
            refusals.append(_not_a_file(path, witness))
            continue
        stem = file[:-3] if file[-3:] == ".py" else file
        script = _accepted(Script("/".join((*groups, stem)), path, *place), witness, refusals)
        if script:
            return script
    return None


def _accepted(script: Script, witness: Witness, refusals: list[Failure]) -> Script | None:
    """`script` if its regular file is Python to all appearance, else None and the reason among `refusals`."""
    path = script.path
    if path.endswith((".py", ".pyw")):
        if not os.access(path, os.R_OK):
            raise _unreadable(path, PermissionError(13, "Permission denied"))
        return script
    from pyst.scripts.shebang import is_python_shebang, read_head

    witness.look(path)
    try:
        head = read_head(path)
    except OSError as error:
        refusals.append(_unreadable(path, error))
        return None
    if is_python_shebang(head):
        return script
    message = f"`{path}` is not a Python script: it has neither the suffix `.py` nor a Python or `uv run` shebang"
    hint = "start it with `#!/usr/bin/env -S uv run --script`, or give it the suffix"
    refusals.append(Failure("E_NOT_PYTHON", message, hint=hint, exit=ExitCode.CANNOT_EXECUTE))
    return None


def _unreadable(path: str, error: OSError) -> Failure:
    return Failure("E_UNREADABLE", f"`{path}` can't be read: {error.strerror}", exit=ExitCode.CANNOT_EXECUTE)


def _not_a_file(path: str, witness: Witness) -> Failure:
    if witness.is_dir(path):
        inner = os.path.join(path, "__main__.py")
        hint = f"run `{inner}`" if os.path.isfile(inner) else "name a file in it"
        return Failure("E_NOT_A_FILE", f"`{path}` is a folder", hint=hint, exit=ExitCode.CANNOT_EXECUTE)
    return Failure("E_NOT_A_FILE", f"`{path}` is not a regular file", exit=ExitCode.CANNOT_EXECUTE)


MOST_NAMES = 10_000
"""How many names are compared to find near misses: the comparison is slow."""


def _not_found(word: str, places: Sequence[Place]) -> Failure:
    """The failure that names what the person may have meant; only here are folders listed."""
    from pyst.system.terminal import clean

    origin, name = split_selector(word)
    entries = read_catalog(places).entries
    for each in entries:
        if each.script.name == name and each.found.broken and origin in ("", each.script.origin):
            message = f"`{each.script.path}` {each.found.broken.message}"
            return Failure("E_UNREADABLE", message, exit=ExitCode.CANNOT_EXECUTE)
    names = [each.script.name for each in entries if each.found.stamp]
    last = name.rpartition("/")[2].removesuffix(".py")
    same = [f"`{each}`" for each in names if each.rpartition("/")[2] == last][:3]
    hint = f"did you mean {' or '.join(same)}?" if same else did_you_mean(name, names[:MOST_NAMES])
    hint = clean(hint) + "\n" if hint else ""
    hint += "`pyst list` shows all scripts" if names else "there are no scripts yet; `pyst list` says how to begin"
    what = "script or file" if "/" in word or word.endswith(".py") else "script"
    return Failure("E_NOT_FOUND", f"there is no {what} `{word}`", hint=hint, exit=ExitCode.NOT_FOUND)
