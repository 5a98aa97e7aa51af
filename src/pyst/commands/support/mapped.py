"""Scripts of the mapping: fetched when they are run and not here, brought to their newest, enabled after a look.

What was looked at, or shared from here, is fetched by its revision and hash, and nothing is asked. Any other bytes are
shown first, and put in place on a yes. What was changed here is never overwritten.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pyst.commands.support.looking import ask
from pyst.commands.support.showing import typed
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.sharing.mapping import Mapped, ScriptMapping, change_mapping, read_mapping, time_text
from pyst.sharing.placing import hash_of, own_folder, place, read_placed

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.fetched import Fetched


class Found(NamedTuple):
    """A mapped script and its file: `content` is None where there is none yet. `known` is its SHA-256 if nobody changed
    it here (empty: that is not known)."""

    name: str
    entry: Mapped
    path: str
    content: bytes | None
    known: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether there is a file, and it may be the only place where what is in it is."""
        return self.content is not None and hash_of(self.content) not in (self.known, self.entry.sha256)


def fetch_missing(app: App, word: str, failure: Failure, *, may_fetch: bool = True) -> bool:
    """Fetch the script that `word` means, if it is mapped and nothing of that name is here; whether it was so.

    `failure` is what is said of the word otherwise; it gets a hint where the mapping has more to say, as where it may
    not be fetched. Raises `Failure`: E_NOT_ENABLED (101), E_CONFIRM, E_WRITE, and what fetching raises.
    """
    found = _find_elsewhere(app, word, failure)
    if found is None:
        return False
    check_enabled(found.name, found.entry)
    if not may_fetch:
        failure.hint = f"it lies in a gist ({found.entry.word}); a run that is no `--dry-run` fetches it"
        return False
    fetched = fetch(app, found.name, found.entry)
    if not found.entry.sha256:
        ask(app, found.name, found.path, fetched, None, "Run it from now on?")
    keep(app, found, fetched)
    app.talk(f"fetched `{found.name}` from {fetched.pinned.word}", level=0)
    return True


def tell_elsewhere(app: App, word: str, failure: Failure) -> bool:
    """Have `failure`, of a word that no script here has, say what the mapping knows of it; whether it is mapped.

    Nothing is fetched.
    """
    found = _find_elsewhere(app, word, failure)
    if found is None:
        return False
    name = found.name
    way_on = f"`pyst run {name}` fetches it, `pyst gists show {name}` shows it"
    if not found.entry.enabled:
        way_on = (
            f"it came from another machine, and was not looked at on this one:\n"
            f"`pyst gists show {name}` shows it, `pyst gists enable {name}` lets it be fetched and run"
        )
    failure.hint = f"it lies in a gist ({found.entry.word});\n{way_on}"
    return True


def _find_elsewhere(app: App, word: str, failure: Failure) -> Found | None:
    """The mapped script that `word` means and that is not here; else `failure` gets as a hint what may be meant."""
    from pyst.scripts.catalog import split_selector

    origin, name = split_selector(word)
    if failure.code != "E_NOT_FOUND" or origin not in ("", "global") or not os.path.lexists(app.paths.mapping_file):
        return None
    try:
        mapping = read_mapping(app.paths.mapping_file)
    except Failure as broken:
        failure.hint = f"{failure.hint}\nwhether it lies in a gist can't be told: {broken.message}"
        return None
    entry = mapping.scripts.get(name)
    if entry is None:
        known = [each for each in mapping.scripts if f"`{each}`" not in failure.hint]
        if near := did_you_mean(name, known):
            failure.hint = f"{failure.hint}\nin your gists, {near}"
        return None
    path = path_of(app, name)
    if entry.enabled and read_placed(path) is not None:
        return None  # it is there, and is passed over: `resolve` says why
    return Found(name, entry, path, None, mapping.known_here(name))


def fetch_latest(app: App, word: str) -> None:
    """Bring a mapped script to the newest of its gist, if what is here is what was shared.

    Raises `Failure`: E_NOT_MAPPED, E_NOT_ENABLED (101), E_GIST_CONFLICT where both were changed, E_CONFIRM,
    E_PERMISSIONS (101), and what fetching raises.
    """
    found = find_mapped(app, word)
    check_enabled(found.name, found.entry)
    fetched = fetch(app, found.name, found.entry, newest=True)
    here, known = hash_of(found.content), found.entry.sha256
    if here == fetched.sha256:
        if _is_new_lock(found, fetched):
            ask(app, found.name, found.path, fetched, found.content, "Take its lock, and run it?")
            keep(app, found, fetched)
        elif fetched.commit != found.entry.version or known != fetched.sha256:
            remember(app, found, fetched)
        return
    if found.is_changed:
        if fetched.sha256 != found.known:
            raise _both_changed(found, fetched)
        app.talk(f"`{found.path}` was changed since it was shared; `pyst share {found.name}` shares it")
        return
    if fetched.sha256 != known:
        ask(app, found.name, found.path, fetched, found.content, "Take it, and run it?")
    keep(app, found, fetched)
    app.talk(f"fetched `{found.name}` from {fetched.pinned.word}")


def _is_new_lock(found: Found, fetched: Fetched) -> bool:
    """Whether another revision than the one that was looked at brings a lock that is not the one here."""
    lock = next((data for _, data in fetched.siblings), None)
    is_seen = fetched.commit == found.entry.version and found.entry.sha256 == fetched.sha256
    return not is_seen and lock not in (None, read_placed(found.path + ".lock"))


def find_mapped(app: App, word: str) -> Found:
    """The mapped script that a word names, and its file here. Raises `Failure` (E_NOT_MAPPED, E_MAPPING)."""
    from pyst.scripts.catalog import is_installed, places_from, resolve, split_selector

    origin, name = split_selector(word)
    mapping = _mapping_with(app, name)
    path = path_of(app, name)
    try:
        path = resolve(word, places_from(app.workspace, app.paths), app.cwd, app.witness).path
    except Failure as failure:
        if failure.code != "E_NOT_FOUND":
            raise
    if origin == "installed" or is_installed(path, app.paths):
        message = f"`{word}` means an installed script, and not what is shared under that name"
        raise Failure("E_NOT_MAPPED", message, hint=f"`pyst update {name}` brings it to its newest")
    return Found(name, mapping.scripts[name], path, read_placed(path), mapping.known_here(name))


def entry_of(app: App, name: str) -> Mapped:
    """What the mapping says of a name. Raises `Failure` (E_NOT_MAPPED, E_MAPPING)."""
    return _mapping_with(app, name).scripts[name]


def find_own(app: App, name: str) -> Found:
    """A mapped script, and its file among the user's own. Raises `Failure` (E_NOT_MAPPED, E_MAPPING)."""
    mapping, path = _mapping_with(app, name), path_of(app, name)
    return Found(name, mapping.scripts[name], path, read_placed(path), mapping.known_here(name))


def _mapping_with(app: App, name: str) -> ScriptMapping:
    mapping = read_mapping(app.paths.mapping_file)
    if name not in mapping.scripts:
        hint = did_you_mean(name, list(mapping.scripts)) or "`pyst gists list` shows the scripts that lie in gists"
        raise Failure("E_NOT_MAPPED", f"no gist is known of `{name}`", hint=hint)
    return mapping


def check_enabled(name: str, entry: Mapped) -> None:
    """Raise `Failure` (E_NOT_ENABLED, 101) for what came from elsewhere and nobody looked at here."""
    if entry.enabled:
        return
    message = f"`{name}` came from another machine, and was not looked at on this one"
    hint = f"`pyst gists show {name}` shows it, `pyst gists enable {name}` lets it run"
    raise Failure("E_NOT_ENABLED", message, hint=hint, exit=ExitCode.BLOCKED)


def standing_of(app: App, name: str, entry: Mapped, known: str) -> tuple[str | None, str]:
    """Where the script is here, and how it stands: `here` as it is mapped, `older` where it is what was `known` before
    a newer one was, `changed`, `missing`; `unknown` where the mapping does not say what it should be."""
    from pyst.scripts.catalog import places_from, resolve

    try:
        path = resolve(name, places_from(app.workspace, app.paths), app.cwd, app.witness).path
        content = read_placed(path)
    except Failure:
        return None, "missing"
    if not entry.sha256:
        return path, "unknown"
    found = hash_of(content)
    return path, "here" if found == entry.sha256 else "older" if found == known else "changed"


def path_of(app: App, name: str) -> str:
    """Where a mapped script of this name is put, where it is nowhere yet."""
    folders = app.workspace.settings.core.global_script_dirs
    return os.path.join(own_folder(folders, app.paths.scripts), f"{name}.py")


def fetch(app: App, name: str, entry: Mapped, *, newest: bool = False) -> Fetched:
    """What lies in the gist: exactly what is mapped, or the newest. Nothing of it is kept. Raises `Failure`."""
    from pyst.commands.support.fetching import fetcher_of
    from pyst.sharing.resolving import resolve_source
    from pyst.sharing.source_value import gist_source

    word = entry._replace(version="").word if newest else entry.word
    source = gist_source(word, entry.gist, "" if newest else entry.version, entry.file)
    try:
        return resolve_source(source, fetcher_of(app), sha256=None if newest else entry.sha256 or None)
    except Failure as failure:
        if failure.code == "E_FETCH_MISSING":
            failure.message = f"`{name}` is not where it is mapped: {failure.message}"
            failure.hint = f"{failure.hint}\n`pyst gists forget {name}` takes it out of the mapping".lstrip("\n")
        raise


def keep(app: App, found: Found, fetched: Fetched, *, enabled: bool | None = None) -> None:
    """Put what was fetched in place, and remember what it is, and whether it is `enabled`.

    Raises `Failure` (E_WRITE, E_MAPPING).

    The file comes first: where the mapping then can't be written, the next look finds the two alike, and only writes
    that down.
    """
    lock = next((data for name, data in fetched.siblings), None)
    place(found.path, fetched.content, lock)
    for each in (found.path, found.path + ".lock"):
        app.witness.forget(each)
    entry = found.entry
    is_known = (entry.version, entry.sha256, entry.file) == (fetched.commit, fetched.sha256, fetched.pinned.file)
    if not is_known or found.known != fetched.sha256 or enabled is not None:
        remember(app, found, fetched, enabled=enabled)


def remember(app: App, found: Found, fetched: Fetched, *, enabled: bool | None = None, is_here: bool = True) -> None:
    """Write down which revision a mapped script is; `is_here`: and that its file is that one.

    Raises `Failure` (E_CHANGED_MEANWHILE, E_MAPPING, E_WRITE).
    """

    def change(mapping: ScriptMapping) -> ScriptMapping:
        old = mapping.scripts.get(found.name)
        if old is None or old.gist != found.entry.gist:
            message = f"the mapping of `{found.name}` was changed meanwhile"
            raise Failure("E_CHANGED_MEANWHILE", message, hint="`pyst gists list` shows it as it is now")
        new = old._replace(
            version=fetched.commit or "",
            sha256=fetched.sha256,
            file=fetched.pinned.file,
            updated_at=time_text(app.clock()) if old.sha256 != fetched.sha256 else old.updated_at,
            enabled=old.enabled if enabled is None else enabled,
        )
        after = mapping.with_script(found.name, new)
        return after.as_here(found.name) if is_here else after

    change_mapping(app.paths.mapping_file, change)


def _both_changed(found: Found, fetched: Fetched) -> Failure:
    message = f"`{found.path}` was changed since it was shared, and so was its gist"
    hint = (
        f"`pyst gists show {typed(fetched.pinned.word)}` shows what is there;\n"
        f"`pyst share --force {found.name}` puts yours in its place (the gist keeps both),\n"
        f"or move yours away and run it again"
    )
    return Failure("E_GIST_CONFLICT", message, hint=hint)
