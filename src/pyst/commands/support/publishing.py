"""Sharing a script as a gist, from its file to the mapping: looked at, shown, agreed to, sent, remembered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.commands.support.consent import consent
from pyst.commands.support.showing import difference_from, typed
from pyst.errors import ExitCode, Failure
from pyst.sharing.gists import GistConflict
from pyst.sharing.mapping import Mapped, ScriptMapping
from pyst.system.files import locked, writing_failed

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.gists import Gist, Gists
    from pyst.sharing.publishing import Shared, Upload

SHOWN_LINES = 80
MOST_SECRETS = 8


class Wish(NamedTuple):
    """How a script is to be shared. None is «not said»: `public` as the gist is (a new one is secret)."""

    public: bool | None = None
    gist: str = ""
    is_new: bool = False
    description: str | None = None
    tags: tuple[str, ...] = ()
    with_lock: bool = True
    force: bool = False
    dry_run: bool = False


def share_script(app: App, path: str, name: str, wish: Wish) -> dict[str, Any]:
    """Share the script at `path` under a name; what was done, as the report of `share` has it.

    Raises `Failure`: E_NOT_SHAREABLE, E_SECRET, E_MAPPING, E_TOKEN, E_CONFIRM, E_GIST_CONFLICT, E_GIST_GONE, E_WRITE
    and what fetching raises. Where nobody says yes, nothing is sent.
    """
    from pyst.commands.support.fetching import fetcher_of
    from pyst.sharing.gists import Gists
    from pyst.sharing.mapping import read_mapping

    shared = _read(app, path, name, wish)
    check_secrets(app, shared, path)
    mapping = read_mapping(app.paths.mapping_file)  # what can't be remembered is not begun
    entry, known = mapping.scripts.get(name), mapping.known_here(name)
    gists = Gists(fetcher_of(app, token_for="" if wish.dry_run else "sharing as a gist"))
    planned = _plan(gists, shared, entry, known, wish)
    told = _told(planned, path)
    if wish.dry_run:
        return {"action": "planned", **told}
    shown = tuple(_shown(planned, path))
    if planned.is_needed and not consent(app, _question(planned), f"sharing `{name}`", shown):
        return {"action": "declined", **told}
    lock = os.path.join(app.paths.data, "sharing.lock")
    try:
        with locked(lock, waiting=lambda: app.talk("waiting for another pyst that shares")):
            after = _send(app, gists, planned, entry, wish)
    except OSError as error:
        raise writing_failed(lock, error) from error
    told |= {"gist": after.id, "version": after.version, "address": after.address}
    action = "unchanged" if not planned.is_needed else "updated" if planned.gist else "created"
    return {"action": action, **told}


def _read(app: App, path: str, name: str, wish: Wish) -> Shared:
    from pyst.scripts.library import read_card
    from pyst.sharing.fetched import LOCK
    from pyst.sharing.publishing import MOST_BYTES, Shared, text_of

    content = app.witness.read(path, most_bytes=16 * MOST_BYTES)
    if content is None:
        raise Failure("E_NOT_FOUND", f"`{path}` is gone", exit=127)
    lock = app.witness.read(path + LOCK, most_bytes=16 * MOST_BYTES) if wish.with_lock else None
    text_of(content, path)
    if lock is not None:
        text_of(lock, path + LOCK)
    return Shared(name, content, lock, read_card(content, path).summary)


def check_secrets(app: App, shared: Shared, path: str) -> None:
    """Raise `Failure` (E_SECRET) where a secret stands in what is to be shared. The secret itself is not shown."""
    from pyst.sharing.fetched import LOCK
    from pyst.sharing.revealing import MARKER, find_secrets

    globs = app.workspace.settings.document.redact
    found = []
    for name, content in ((path, shared.content), (path + LOCK, shared.lock)):
        if content is not None:
            found += [f"{name}:{each.line}: {each.what}" for each in find_secrets(content.decode(), app.environ, globs)]
    if not found:
        return
    lines = found[:MOST_SECRETS]
    if len(found) > MOST_SECRETS:
        lines.append(f"and {len(found) - MOST_SECRETS} more")
    hint = "let the script read it from a variable (`os.environ[…]`), and change a secret that was shown to others;\n"
    hint += f"what only looks like one: `# {MARKER}` in its line"
    message = "\n".join([f"a secret stands in `{shared.name}`, which is not shared with it:", *lines])
    raise Failure("E_SECRET", message, hint=hint)


def _send(app: App, gists: Gists, planned: Upload, entry: Mapped | None, wish: Wish) -> Gist:
    """Do what the person agreed to, if the mapping still says what it said then. Only one pyst does so at a time."""
    from pyst.sharing.mapping import read_mapping
    from pyst.sharing.publishing import upload

    name = planned.shared.name
    if read_mapping(app.paths.mapping_file).scripts.get(name) != entry:
        message = f"another pyst shared `{name}` meanwhile; nothing was sent"
        raise Failure("E_CHANGED_MEANWHILE", message, hint=f"`pyst share {name}` looks again")
    if not planned.is_needed:
        assert planned.gist is not None
        is_known = entry is not None and (entry.gist, entry.version) == (planned.gist.id, planned.gist.version)
        if not (is_known and entry and set(wish.tags) <= set(entry.tags)):
            _remember(app, planned, planned.gist, wish)
        return planned.gist
    try:
        after = upload(gists, planned)
    except GistConflict as conflict:
        if conflict.is_written:
            _remember(app, planned, conflict.newest, wish)
        conflict.hint = _way_on(conflict, planned)
        raise
    _remember(app, planned, after, wish)
    return after


def _plan(gists: Gists, shared: Shared, entry: Mapped | None, here: str, wish: Wish) -> Upload:
    """What comes to the gist; `here` is the SHA-256 of what the script was here when it was last as mapped."""
    from pyst.sharing.publishing import plan_change, plan_new

    target = wish.gist or (entry.gist if entry is not None and not wish.is_new else "")
    if not target:
        return plan_new(shared, public=bool(wish.public), description=wish.description)
    known = entry if entry is not None and entry.gist == target else None
    if known is not None and not (known.enabled or wish.force):
        raise _not_seen(shared.name)
    try:
        return plan_change(
            gists,
            shared,
            target,
            known and known._replace(sha256=here),
            public=wish.public,
            description=wish.description,
            force=wish.force,
        )
    except GistConflict as conflict:
        file = known.file if known is not None else ""
        theirs = _word(f"gist:{target}@{conflict.newest.version}", file if file in conflict.newest.files else "")
        conflict.hint = (
            f"`pyst gists show {theirs}` shows it, `pyst run --latest {shared.name}` takes it,\n"
            f"`pyst share --force {shared.name}` puts yours in its place (the gist keeps both)"
        )
        raise


def _word(gist: str, file: str) -> str:
    return typed(f"{gist}#{file}" if file else gist)


def _not_seen(name: str) -> Failure:
    message = f"`{name}` in your gists came from another machine, and was not looked at on this one"
    hint = f"`pyst gists show {name}` shows it; `pyst share --force` puts yours in its place,\n"
    hint += "`--as NAME` shares yours under another name"
    return Failure("E_NOT_ENABLED", message, hint=hint, exit=ExitCode.BLOCKED)


def _way_on(conflict: GistConflict, planned: Upload) -> str:
    if conflict.is_written:
        theirs = _word(f"gist:{conflict.newest.id}@{conflict.unseen}", planned.file)
        return f"yours is the newest now; `pyst gists show {theirs}` shows what it took the place of"
    return "nothing was changed; share it again to see what is there now"


def _remember(app: App, planned: Upload, gist: Gist, wish: Wish) -> None:
    from pyst.sharing.mapping import change_mapping, time_text
    from pyst.sharing.placing import hash_of

    now, name = time_text(app.clock()), planned.shared.name

    def change(mapping: ScriptMapping) -> ScriptMapping:
        old = mapping.scripts.get(name)
        is_same = old is not None and old.gist == gist.id
        tags = tuple(dict.fromkeys((*(old.tags if old else ()), *wish.tags)))
        entry = Mapped(
            gist=gist.id,
            file=planned.file,
            version=gist.version,
            sha256=hash_of(planned.shared.content),
            created_at=old.created_at if old is not None and is_same else now,
            updated_at=now,
            tags=tags,
            enabled=True,
            more=old.more if old else {},
        )
        return mapping.with_script(name, entry).as_here(name)

    try:
        change_mapping(app.paths.mapping_file, change)
    except Failure as failure:
        again = f"`pyst share --gist {gist.id} {name}` does it when that is mended"
        failure.hint = f"the gist `{gist.id}` was written, but is not remembered: {again}\n{failure.hint}".rstrip()
        raise


def _told(planned: Upload, path: str) -> dict[str, Any]:
    from pyst.sharing.placing import hash_of

    gist = planned.gist
    return {
        "name": planned.shared.name,
        "path": path,
        "gist": gist.id if gist else None,
        "version": gist.version if gist else None,
        "file": planned.file,
        "public": planned.public,
        "address": gist.address if gist else None,
        "sha256": hash_of(planned.shared.content),
        "files": [
            {
                "name": name,
                "change": "removed" if text is None else "changed" if name in planned.before else "added",
                "size_bytes": 0 if text is None else len(text.encode()),
            }
            for name, text in planned.files.items()
        ],
        "difference": _difference(planned),
    }


def _difference(planned: Upload) -> str:
    """What changes of the script's code; of a new one, all of it."""
    return difference_from(planned.before.get(planned.file), planned.shared.content, planned.file)


def _shown(planned: Upload, path: str) -> Iterator[str]:
    """What a person is shown before the question."""
    who = "everybody can find and read it" if planned.public else "whoever has its address can read it"
    kind = "public" if planned.public else "secret"
    where = f"the {kind} gist `{planned.gist.id}`" if planned.gist else f"a new {kind} gist"
    yield f"`{path}` goes to {where}: {who}"
    if planned.description:
        yield f"  described as: {planned.description}"
    for each in _told(planned, path)["files"]:
        yield f"  {each['change']:<8} {each['name']}  {each['size_bytes']} bytes"
    lines = _difference(planned).split("\n")[2:-1]
    yield from (f"  {line}" for line in lines[:SHOWN_LINES])
    if len(lines) > SHOWN_LINES:
        yield f"  … {len(lines) - SHOWN_LINES} more lines; `--dry-run --format json` has all"


def _question(planned: Upload) -> str:
    return "Send it?" if planned.gist is None else "Change the gist?"
