"""`pyst cache`: where pyst keeps what makes it fast, how much that is, and clearing it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.gc import shown_size
from pyst.commands.support.schema import COUNT, TEXT, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Show where pyst keeps what makes it fast (`path`), how much that is (`stats`), or delete it (`clear`). All of it can
be made again. Environments that a process uses are kept.
"""
ACTIONS = ("path", "stats", "clear")
PARTS = ("environments", "interfaces", "plans", "snippets")


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `cache`."""
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(PARTS)}")


def run(app: App, args: argparse.Namespace) -> Report:
    """Look at the parts of the cache, or clear them."""
    for each in args.parts:
        if each not in PARTS:
            message = f"the cache has no part `{each}`"
            raise Failure("E_USAGE", message, hint=f"it has {', '.join(PARTS)}", exit=ExitCode.USAGE)
    parts = args.parts or list(PARTS)
    folders = {name: str(getattr(app.paths, name)) for name in parts}
    if args.action == "path":
        rows = [_row(name, path, 0, 0) for name, path in folders.items()]
        return Report({"action": "path", "path": app.paths.cache, "parts": rows})
    if args.action == "stats":
        rows = [_row(name, path, *_measured(path)) for name, path in folders.items()]
        return Report({"action": "stats", "path": app.paths.cache, "parts": rows})
    return _clear(app, folders)


def _row(name: str, path: str, entries: int, size_bytes: int) -> dict[str, Any]:
    return {"name": name, "path": path, "entries": entries, "size_bytes": size_bytes}


def _measured(path: str) -> tuple[int, int]:
    """How many things lie in a part, and how many bytes they take, shared files by their share."""
    from pyst.environments.gc import sizes_of

    try:
        entries = sum(not each.startswith(".") for each in os.listdir(path))
    except OSError:
        return 0, 0
    return entries, sizes_of(path)[0]


def _clear(app: App, folders: dict[str, str]) -> Report:
    from pyst.environments.trash import delete_tree

    rows, remarks = [], []
    for name, path in folders.items():
        entries, size = _measured(path)
        if name == "environments":
            kept = _clear_environments(app, path)
            if kept:
                message = f"{len(kept)} environment{' is' if len(kept) == 1 else 's are'} kept: {', '.join(kept)}"
                remarks.append(Diagnostic("warning", "W_IN_USE", message))
            entries -= len(kept)
        elif os.path.lexists(path):
            place = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.trash"
            try:
                os.rename(path, place)
            except FileNotFoundError:
                pass  # another was faster
            except OSError as error:
                raise Failure("E_CACHE_WRITE", f"`{path}` can't be cleared: {error.strerror}") from error
            delete_tree(place)
        left = _measured(path)[1] if os.path.isdir(path) else 0
        rows.append(_row(name, path, max(entries, 0), max(size - left, 0)))
    return Report({"action": "clear", "path": app.paths.cache, "parts": rows}, tuple(remarks))


def _clear_environments(app: App, root: str) -> list[str]:
    """Delete every environment that is not in use, nor started by a direct command; gives those that were kept, with
    the reason."""
    from pyst.commands.support.direct import keys_in_direct_use
    from pyst.environments.gc import delete, read_stored, stored_keys, sweep_leftovers
    from pyst.environments.places import cache_failed
    from pyst.environments.trash import delete_tree, move_to_trash
    from pyst.system.processes import folders_in_use

    keys = stored_keys(root)
    using = folders_in_use(os.path.join(root, key) for key in keys)
    started = keys_in_direct_use(app)
    kept = []
    try:
        for key in keys:
            stored = read_stored(root, key)
            reason = "in use" if stored.path in using else f"`{started[key]}` starts it" if key in started else None
            reason = reason or delete(stored, root, lambda _: False)
            if reason:
                kept.append(f"{key} ({reason})")
        if os.path.isdir(root):
            answers = os.path.join(root, ".interpreters")
            if os.path.lexists(answers):
                try:
                    delete_tree(move_to_trash(answers, root))
                except FileNotFoundError:
                    pass  # another was faster
            sweep_leftovers(root, app.clock())
    except OSError as error:
        raise cache_failed(root, error) from error
    return kept


def human(report: Report, view: View) -> Iterable[Line]:
    """The folder; or one line for each part."""
    detail = report.detail
    if detail["action"] == "path":
        return [detail["path"]]
    verb = "cleared" if detail["action"] == "clear" else ""
    rows = [
        (Span(each["name"], "name"), f"{each['entries']} entries", shown_size(each["size_bytes"]), verb or each["path"])
        for each in detail["parts"]
    ]
    return table(rows, view)


DETAIL: dict[str, Any] = record(
    action=one_of(*ACTIONS),
    path=TEXT,
    parts=several(record(name=TEXT, path=TEXT, entries=COUNT, size_bytes=COUNT)),
)
