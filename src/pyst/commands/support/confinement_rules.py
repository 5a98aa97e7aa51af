"""What one side says of confinement: the options of a command line, a profile, the settings; and where it says it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyst.confinement.decision import SILENT, Rules
from pyst.confinement.permissions import (
    KINDS,
    NOTHING,
    Base,
    Malformed,
    Permissions,
    denied_kinds,
    excludes,
    granted_kinds,
    includes,
    parse_items,
    permissions_of,
)
from pyst.confinement.walls import Bounds
from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.settings.values import Profile, Sandbox


def _parsed(kind: str, texts: list[str], base: Base, label: str) -> list[str]:
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    try:
        return parse_items(kind, tuple(words), base)
    except Malformed as error:
        message = f"`{label}` has {', '.join(f'`{each}`' for each in words)}; expected {error}"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE) from error


def permissions_from_flags(app: App, args: argparse.Namespace, way: str) -> Permissions:
    """What the options `--WAY-*` say; relative paths start at the current folder. Raises `Failure` (E_USAGE)."""
    base = Base(app.cwd, app.paths.home)
    given = {kind: getattr(args, f"{way}_{kind}", None) or [] for kind in KINDS}
    items = {kind: _parsed(kind, texts, base, f"--{way}-{kind}") for kind, texts in given.items()}
    return real_paths(app, permissions_of(items), keep=way == "deny")


def rules_from_flags(app: App, args: argparse.Namespace, timeout_seconds: float | None) -> Rules:
    """What the command line says of confinement. Any option that speaks of a confined run asks for one.

    Raises `Failure` (E_USAGE).
    """
    allow, deny = (permissions_from_flags(app, args, way) for way in ("allow", "deny"))
    bounds = Bounds(
        None,
        _bytes(args, "max_memory"),
        _count(args, "max_cpu"),
        _count(args, "max_processes"),
        _bytes(args, "max_file_size"),
        _bytes(args, "max_disk"),
    )
    speaks = allow != NOTHING or deny != NOTHING or bounds != Bounds()
    if args.no_sandbox:
        if args.sandbox or speaks:
            message = "`--no-sandbox` goes with no other option of confinement"
            raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
        return Rules("off")
    bounds = bounds._replace(timeout_seconds=timeout_seconds)
    return Rules(args.sandbox, allow, deny, bounds) if args.sandbox else Rules(None, allow, deny, bounds)


def _count(args: argparse.Namespace, name: str) -> int | None:
    text = getattr(args, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 1 << 31):
        raise _no_bound(name, text, "a whole number above 0")
    return int(text)


def _bytes(args: argparse.Namespace, name: str) -> int | None:
    from pyst.settings.convert import parse_size

    text = getattr(args, name)
    found = parse_size(text) if text is not None else None
    if text is not None and (found is None or not 0 < found < 1 << 62):
        raise _no_bound(name, text, "a size like `512M` or `2G`")
    return found


def _no_bound(name: str, text: str, expected: str) -> Failure:
    message = f"`--{name.replace('_', '-')} {text}` is no bound; expected {expected}"
    return Failure("E_USAGE", message, exit=ExitCode.USAGE)


def rules_from_settings(app: App) -> Rules:
    """What `[sandbox]` says. Raises `Failure` (E_CONFIG) with the place of what can't be understood."""
    return _rules(app, app.workspace.settings.sandbox, "")


def profile_of(app: App) -> Profile | None:
    """The profile that was chosen, or None. Raises `Failure` (E_PROFILE, usage) for one that there is not."""
    if app.profile is None:
        return None
    from pyst.settings.profiles import find_profile

    return find_profile(app.profile, app.workspace.settings, chosen_by=app.profile_chooser)


def profile_data(app: App) -> dict[str, str] | None:
    """The chosen profile and what it was chosen by, as JSON data. Raises `Failure` (E_PROFILE, usage)."""
    found = profile_of(app)
    return {"name": found.name, "chosen_by": app.profile_chooser} if found else None


def rules_from_profile(app: App) -> Rules:
    """What the chosen profile says of confinement, if one was chosen. Raises `Failure` (E_PROFILE, E_CONFIG)."""
    found = profile_of(app)
    return SILENT if found is None else _rules(app, found.sandbox, f"profiles.{found.name}.")


def _rules(app: App, said: Sandbox, prefix: str) -> Rules:
    allow, deny = (_from_settings(app, f"{prefix}sandbox.{way}", getattr(said, way)) for way in ("allow", "deny"))
    bounds = Bounds(said.timeout_seconds, said.memory, said.cpu_seconds, said.processes, said.file_size, said.disk)
    return Rules(said.mode, allow, deny, bounds)


def _from_settings(app: App, key: str, table: Mapping[str, tuple[str, ...]]) -> Permissions:
    items = {
        kind: [item for at in range(len(texts)) for item in _item_at(app, f"{key}.{kind}", texts, at)]
        for kind, texts in table.items()
    }
    return real_paths(app, permissions_of(items), keep=key.endswith(".deny"))


def _item_at(app: App, key: str, texts: tuple[str, ...], at: int) -> list[str]:
    """What one element of a setting means. Raises `Failure` (E_CONFIG)."""
    try:
        return parse_items(key.rpartition(".")[2], (texts[at],), Base(app.workspace.root, app.paths.home))
    except Malformed as error:
        message = f"`{texts[at]}` is no permission; expected {error}"
        raise Failure("E_CONFIG", message, where=app.workspace.settings.origins[key].where(at)) from error


def place_of(app: App, by: str, way: str, kind: str, item: str) -> str | None:
    """Where something was allowed or denied: the option, or the file and line of the setting that did it."""
    if by == "flags":
        return f"--{way}-{kind}"
    found = profile_of(app) if by == "profile" else None
    if by != "settings" and found is None:
        return None
    prefix = "" if found is None else f"profiles.{found.name}."
    tables = app.workspace.settings.sandbox if found is None else found.sandbox
    decides = includes if way == "allow" else excludes
    for each in granted_kinds(kind) if way == "allow" else denied_kinds(kind):
        key, texts = f"{prefix}sandbox.{way}.{each}", getattr(tables, way).get(each, ())
        for at in range(len(texts)):
            rule = permissions_of({each: _item_at(app, key, texts, at)})
            if decides(real_paths(app, rule, keep=way == "deny"), kind, item):
                where = app.workspace.settings.origins[key].where(at)
                return f"{where.path}:{where.line}" if where.line else where.path
    return None


def real_paths(app: App, found: Permissions, *, keep: bool = False) -> Permissions:
    """The same with links followed; `keep` leaves the paths beside what they lead to."""
    paths = {kind: [app.witness.real(each) for each in found.of(kind)] for kind in ("read", "write")}
    paths["run"] = [app.witness.real(each) if each[0] == "/" else each for each in found.run]
    both = {kind: [*paths.get(kind, ()), *(found.of(kind) if keep or kind not in paths else ())] for kind in KINDS}
    return permissions_of(both)
