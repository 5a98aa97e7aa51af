"""Direct commands: the shim that starts the interpreter of a script's environment itself, and what it rests on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.errors import Failure, Where
from pyst.sharing.shims import direct_start, needed_interpreters, plan_shim

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.scripts.script import Metadata
    from pyst.sharing.shims import Shim


def require_no_walls(app: App, name: str, wished: str | None) -> None:
    """Raise `Failure` (E_SHIM) where a direct command would pass by the walls that the settings ask for, or those that
    the script wishes for (the tier `wished`)."""
    if app.workspace.settings.sandbox.mode != "off":
        who = "that the setting `sandbox.mode` asks for"
    elif wished is not None:
        who = f'that its block wishes for (`sandbox = "{wished}"`)'
    else:
        return
    message = f"a direct shim would start `{name}` without the walls {who}"
    raise Failure("E_SHIM", message, hint="install it with `--no-direct`: the usual shim keeps them")


def make_direct_shim(
    app: App,
    name: str,
    path: str,
    content: bytes,
    metadata: Metadata | None,
    lock: bytes | None,
    *,
    trusted: bool = False,
) -> Shim:
    """The direct shim of the installed script `name`, which is going to be at `path`, for its environment.

    That is built if need be: as for a trusted script, where the user trusts these bytes, or is about to (`trusted`).
    Raises `Failure`: E_SHIM, what finding an interpreter and building an environment raise, and E_CACHE_WRITE where it
    lies in a temporary store: a command would outlive that, and start what others put there.
    """
    from pyst.commands.support.environment import uv_of
    from pyst.commands.support.proposals import is_trusted, spec_of
    from pyst.confinement.declared import declared_mode
    from pyst.environments.store import ensure
    from pyst.running.prepare import Target, interpreter_words
    from pyst.scripts.introspect import entry_of

    require_no_walls(app, name, declared_mode(metadata, path))
    spec = spec_of(app, metadata, path, lock, trusted=trusted or is_trusted(app, path, content, lock))
    made = ensure(spec, app.paths.environments, uv_of(app), name=f"installed:{name}", user=path)
    if made.path is not None and os.path.dirname(made.path) != app.paths.environments:
        message = f"a direct command needs an environment that stays; `{made.path}` does not"
        hint = "have a cache folder that is writable, by you alone; or install it with `--no-direct`"
        raise Failure("E_CACHE_WRITE", message, hint=hint, where=Where(app.paths.environments))
    target = Target(path, calls_main=entry_of(content, path).calls_main, is_alone=True)
    words = (made.python, *interpreter_words(target, made.interpreter.version))
    return plan_shim(name, "direct", app.paths.bin, direct_start(words, made.path, content))


def keys_in_direct_use(app: App) -> dict[str, str]:
    """The stored environments that direct commands start and can't do without: key → the path of such a command."""
    root = os.path.realpath(app.paths.environments)
    found: dict[str, str] = {}
    for python, name in needed_interpreters(app.paths.bin).items():
        store, key = os.path.split(os.path.dirname(os.path.dirname(python)))
        if os.path.realpath(store) == root:  # however the cache folder was called when the command was made
            found[key] = os.path.join(app.paths.bin, name)
    return found
