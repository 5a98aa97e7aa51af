"""From what a script asks for to where it runs: the one way in which commands come to an environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.environments.spec import Environment, EnvSpec, make_spec, wanted_python
from pyst.errors import Failure, Where

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.running.ground import Ground
    from pyst.system.uv import Uv


MOST_LOCK_BYTES = 64 << 20


def uv_of(app: App) -> Uv:
    """How uv is called in this invocation."""
    from pyst.system.uv import Uv

    def chatter(line: str) -> None:
        app.talk(line, level=1)

    from pyst.environments.places import spare_cache_of_uv

    offline = app.workspace.settings.core.offline
    spare = spare_cache_of_uv(app.environ)
    return Uv(
        {**app.environ, "UV_CACHE_DIR": spare} if spare else app.environ,
        offline=offline,
        say=app.talk,
        chatter=chatter if app.options.verbosity > 0 else None,
        live=app.live_line if app.shows_live_lines else None,
        runner=app.given_runner,
    )


def needs_of(
    app: App,
    ground: Ground,
    *,
    with_requirements: tuple[str, ...] = (),
    python: str | None = None,
    build: bool = True,
) -> EnvSpec | Environment:
    """What the script asks for, as a spec; or an environment of somebody else's that it is to run in.

    A script without a block runs in the environment of the project that it lies in. Raises `Failure`, as
    `find_interpreter` and `project_environment` do.
    """
    from pyst.environments.interpreters import find_interpreter
    from pyst.system.uv import settings_that_count, sort_flags

    workspace = app.workspace
    flags, flagged_python, flagged_with = sort_flags(workspace.settings.core.uv.flags)
    python = python or flagged_python
    with_requirements = (*with_requirements, *flagged_with)
    root = app.paths.environments
    uv = uv_of(app)
    settings = settings_that_count(app.environ, app.witness.read)
    if ground.metadata is None and ground.script is not None:
        from pyst.environments.project import project_environment

        found = project_environment(
            ground.script.path,
            workspace.root,
            trusted=workspace.project_trusted,
            root=root,
            uv=uv,
            cwd=app.cwd,
            witness=app.witness,
            request=python,
            with_requirements=with_requirements,
            flags=flags,
            settings=settings,
            build=build,
        )
        if found is not None:
            return found
    path = ground.script.path if ground.script else os.path.join(app.cwd, "-")
    lock = app.witness.read(f"{path}.lock", most_bytes=MOST_LOCK_BYTES) if ground.script else None
    asked = wanted_python(ground.metadata, lock)
    interpreter = find_interpreter(python, asked, root=root, uv=uv, cwd=app.cwd, flags=flags, witness=app.witness)
    return make_spec(
        ground.metadata,
        interpreter,
        script_path=path,
        with_requirements=with_requirements,
        lock=lock,
        flags=flags,
        settings=settings,
        allow_build=ground.trusted,
    )


def environment_for(
    app: App,
    ground: Ground,
    *,
    with_requirements: tuple[str, ...] = (),
    python: str | None = None,
    build: bool = True,
) -> Environment:
    """Where the script runs: found, or built unless `build` is off; then it is where it would be.

    Raises `Failure`, as `needs_of` and `ensure` do; E_INTEGRITY (101) for an installed script that was changed.
    """
    if ground.altered is not None and build:
        raise ground.altered
    from pyst.environments.store import ensure, expected_environment, find, plain_environment

    needs = needs_of(app, ground, with_requirements=with_requirements, python=python, build=build)
    if isinstance(needs, Environment):
        return needs
    if needs.is_plain:
        return plain_environment(needs)
    if not build:
        return expected_environment(needs, app.paths.environments)
    user = ground.script.path if ground.script else None
    uv = uv_of(app)
    is_new = app.options.events is not None and find(needs, app.paths.environments) is None
    if is_new:
        app.event("environment_build_start", key=needs.key, requirements=list(needs.requirements))
    try:
        made = ensure(needs, app.paths.environments, uv, name=_called(app, ground), user=user, witness=app.witness)
    except Failure as failure:
        if failure.code in ("E_LOCK_STALE", "E_LOCK_BROKEN") and failure.where is None and user is not None:
            failure.where = Where(f"{user}.lock")
        raise
    if is_new:
        app.event("environment_build_end", key=needs.key, path=made.path)
    return made


def _called(app: App, ground: Ground) -> str:
    """What the script can be called on a command line here: its name, or its path."""
    if ground.script is None or ground.script.origin != "path":
        return ground.label
    path = os.path.relpath(ground.script.path, app.cwd)
    return ground.script.path if path.startswith(os.pardir) else os.path.join(os.curdir, path)
