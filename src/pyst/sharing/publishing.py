"""What comes to a gist when a script is shared: worked out first, so that it can be shown, then sent as it was shown.

What is in the gist and is neither what was shared last nor what is shared now was written by somebody else: it is
only overwritten when the person says so, and stays in the gist's history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pyst.errors import ExitCode, Failure
from pyst.sharing.fetched import LOCK
from pyst.sharing.gists import Gist, GistConflict, Gists
from pyst.sharing.mapping import Mapped
from pyst.sharing.placing import hash_of
from pyst.system.fetch_failure import FetchFailure

MOST_BYTES = 1 << 20
"""GitHub tells no more of a file in one answer."""
MOST_DESCRIPTION = 200


class Shared(NamedTuple):
    """A script as it is to be shared. `lock` is the content of its lock, None without one."""

    name: str
    content: bytes
    lock: bytes | None
    summary: str


class Upload(NamedTuple):
    """What sharing comes to. `gist` is None for a new one; `before` has the gist's files of these names as they are.

    `files` are those that change: None is deleted.
    """

    shared: Shared
    gist: Gist | None
    file: str
    public: bool
    description: str | None
    before: Mapping[str, bytes]
    files: Mapping[str, str | None]

    @property
    def is_needed(self) -> bool:
        return bool(self.files) or self.description is not None


def text_of(content: bytes, path: str) -> str:
    """What is sent of a file. Raises `Failure` (E_NOT_SHAREABLE) for what a gist can't hold byte for byte."""
    why = ""
    if len(content) > MOST_BYTES:
        why = f"it has more than {MOST_BYTES >> 20} MiB"
    elif not content.strip():
        why = "it is empty"
    elif b"\0" in content:
        why = "it has NUL bytes"
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        why, text = why or f"it is not UTF-8 (at byte {error.start})", ""
    if why:
        raise Failure("E_NOT_SHAREABLE", f"`{path}` can't be shared as a gist: {why}")
    return text


def plan_new(shared: Shared, *, public: bool, description: str | None) -> Upload:
    """The upload that makes a new gist."""
    file = f"{shared.name}.py"
    said = shared.summary if description is None else description
    return Upload(shared, None, file, public, said[:MOST_DESCRIPTION], {}, _files(shared, file, {}))


def plan_change(
    gists: Gists,
    shared: Shared,
    gist: str,
    entry: Mapped | None,
    *,
    public: bool | None,
    description: str | None,
    force: bool,
) -> Upload:
    """The upload that changes a gist; `entry` is what the mapping knows of it.

    Raises `Failure`: E_GIST_GONE, E_USAGE where it is not as `public` as is wished, `GistConflict` where somebody else
    changed the file (and not with `force`).
    """
    found = _read(gists, gist, shared.name, is_mapped=entry is not None)
    if public is not None and public != found.public:
        is_, wished = ("public", "secret") if found.public else ("secret", "public")
        message = f"the gist `{gist}` is {is_}, and GitHub makes none of them {wished}"
        raise Failure("E_USAGE", message, hint="`--new` makes another gist", exit=ExitCode.USAGE)
    file = _file(found, shared.name, entry)
    before = {each: gists.content(found, each) for each in (file, file + LOCK) if each in found.files}
    theirs, ours = hash_of(before.get(file)), hash_of(shared.content)
    if entry is not None and entry.sha256 and theirs not in (entry.sha256, ours) and not force:
        what = "was changed" if theirs else "was deleted"
        raise GistConflict(
            f"`{file}` of the gist `{gist}` {what} since `{shared.name}` was last shared from here", found
        )
    said = description if description != found.description else None
    files = _files(shared, file, before)
    return Upload(shared, found, file, found.public, said if said is None else said[:MOST_DESCRIPTION], before, files)


def upload(gists: Gists, planned: Upload) -> Gist:
    """Do what was planned. Raises `FetchFailure`; `GistConflict` where the gist is not what it was planned for."""
    if planned.gist is None:
        files = {name: text for name, text in planned.files.items() if text is not None}
        after = gists.create(files, description=planned.description or "", public=planned.public)
    else:
        given = planned.gist
        after = gists.update(given.id, planned.files, expected=given.version, description=planned.description)
    check_sent(gists, after, planned)
    return after


def check_sent(gists: Gists, after: Gist, planned: Upload) -> None:
    """Raise `FetchFailure` (E_FETCH_HASH) where the gist does not have exactly what was sent."""
    if gists.content(after, planned.file) != planned.shared.content:
        message = f"the gist `{after.id}` has other bytes of `{planned.file}` than were sent"
        raise FetchFailure("E_FETCH_HASH", message, hint="something between here and GitHub changes what is sent")


def _read(gists: Gists, gist: str, name: str, *, is_mapped: bool) -> Gist:
    try:
        return gists.read(gist)
    except FetchFailure as failure:
        if failure.status != 404 or not is_mapped:
            raise
        message = f"the gist `{gist}`, in which `{name}` was shared, is not there any more"
        hint = "`--new` makes another one; if it belongs to another account, a token of that one finds it"
        raise Failure("E_GIST_GONE", message, hint=hint) from failure


def _file(gist: Gist, name: str, entry: Mapped | None) -> str:
    """Which file of the gist is the script: the mapped one, that of its name, the only script, or a new one."""
    if entry is not None and entry.gist == gist.id and entry.file:
        return entry.file
    own = f"{name}.py"
    scripts = [each for each in gist.files if each.endswith(".py")]
    return scripts[0] if own not in gist.files and len(scripts) == 1 else own


def _files(shared: Shared, file: str, before: Mapping[str, bytes]) -> dict[str, str | None]:
    """The files that change. A lock that the script has no more would be obeyed by whoever takes it from the gist."""
    files: dict[str, str | None] = {}
    if before.get(file) != shared.content:
        files[file] = text_of(shared.content, file)
    if shared.lock is not None and before.get(file + LOCK) != shared.lock:
        files[file + LOCK] = text_of(shared.lock, file + LOCK)
    elif shared.lock is None and file + LOCK in before:
        files[file + LOCK] = None
    return files
