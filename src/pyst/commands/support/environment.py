"""From what a script asks for to where it runs: the one way in which commands come to an environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.environments.spec import Environment, EnvSpec, make_spec

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.running.ground import Ground
    from pyst.system.uv import Uv


def uv_of(app: App) -> Uv:
    """How uv is called in this invocation."""
    from pyst.system.uv import Uv

    def chatter(line: str) -> None:
        app.talk(line, level=1)

    offline = app.workspace.settings.core.offline
    return Uv(
        app.environ,
        offline=offline,
        say=app.talk,
        chatter=chatter if app.options.verbosity > 0 else None,
        runner=app.given_runner,
    )


def spec_for(app: App, ground: Ground, *, with_requirements: tuple[str, ...], python: str | None) -> EnvSpec:
    """What the script asks for, as a spec. Raises `Failure` (E_NO_INTERPRETER, E_UNREADABLE)."""
    from pyst.environments.interpreters import find_interpreter
    from pyst.system.uv import settings_that_count

    flags = app.workspace.settings.core.uv.flags
    metadata = ground.metadata
    interpreter = find_interpreter(
        python,
        (metadata.requires_python or "") if metadata else "",
        root=app.paths.environments,
        uv=uv_of(app),
        cwd=app.cwd,
        flags=flags,
        witness=app.witness,
    )
    path = ground.script.path if ground.script else os.path.join(app.cwd, "-")
    return make_spec(
        metadata,
        interpreter,
        script_path=path,
        with_requirements=with_requirements,
        lock=app.witness.read(f"{path}.lock") if ground.script else None,
        flags=flags,
        settings=settings_that_count(app.environ, app.witness.read),
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

    Raises `Failure`, as `find_interpreter` and `ensure` do.
    """
    from pyst.environments.store import ensure, expected_environment, plain_environment

    spec = spec_for(app, ground, with_requirements=with_requirements, python=python)
    if spec.is_plain:
        return plain_environment(spec)
    if not build:
        return expected_environment(spec, app.paths.environments)
    user = ground.script.path if ground.script else None
    uv = uv_of(app)
    return ensure(spec, app.paths.environments, uv, name=ground.label, user=user, witness=app.witness)
