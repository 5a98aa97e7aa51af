"""The typed view of settings: what the other rooms read.

Plain values; who builds them is `build`, out of what `layers` merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyst.settings.layers import Given, Merged
from pyst.settings.origins import DEFAULT, Ignored, Origin


class Uv(NamedTuple):
    flags: tuple[str, ...]


class Core(NamedTuple):
    """`cwd` is `project`, `script`, `current`, or an absolute path. All paths are absolute."""

    global_script_dirs: tuple[str, ...]
    project_script_dir: str
    precedence: str
    offline: bool
    cwd: str
    introspection: str
    uv: Uv


class Document(NamedTuple):
    provider: str | None
    model: str | None
    api_key_env: str | None
    redact: tuple[str, ...]


class Create(NamedTuple):
    model: str | None
    timeout_seconds: int
    retries: int


class Share(NamedTuple):
    """`cooldown` is in seconds."""

    api_base: str
    cooldown: int


class Sandbox(NamedTuple):
    """Sizes are in bytes; None is no bound. `allow` and `deny` hold what was written, by kind of permission.

    Of a profile, a `mode` of None is «not said».
    """

    mode: str | None
    timeout_seconds: int | None
    memory: int | None
    cpu_seconds: int | None
    processes: int | None
    file_size: int | None
    disk: int | None
    allow: Mapping[str, tuple[str, ...]]
    deny: Mapping[str, tuple[str, ...]]


class Profile(NamedTuple):
    """What holds for runs with a profile, besides or in place of the other settings. None is «not said».

    `lazy_imports` and `warm` are kept, and without effect yet.
    """

    name: str
    sandbox: Sandbox
    lazy_imports: bool | None = None
    warm: bool | None = None


class Agent(NamedTuple):
    keep_days: int
    max_log_bytes: int
    max_preview_bytes: int


class Test(NamedTuple):
    jobs: int | None
    fail_fast: bool


class Telemetry(NamedTuple):
    enabled: bool
    endpoint: str | None


class Context(NamedTuple):
    """A context as it was written. `enabled` is None where it only extends others."""

    name: str
    enabled: tuple[str, ...] | None = None
    extends: tuple[str, ...] = ()
    enabled_origin: Origin = DEFAULT
    extends_origin: Origin = DEFAULT


class Contexts(NamedTuple):
    """The contexts of all layers, and those that the user's own and trusted files define without the others.

    The two differ where an untrusted project has contexts: a script must then pass both.
    """

    merged: Mapping[str, Context]
    vouched: Mapping[str, Context]


class Settings(NamedTuple):
    """All settings. `values` and `origins` go by dotted key; `home` is what `~` means.

    `script_folders` are the origins and paths of the folders that scripts are found in.
    """

    core: Core
    document: Document
    contexts: Contexts
    create: Create
    share: Share
    sandbox: Sandbox
    profiles: Mapping[str, Profile]
    agent: Agent
    test: Test
    telemetry: Telemetry
    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    ignored: tuple[Ignored, ...] = ()
    home: str = ""
    script_folders: tuple[tuple[str, str], ...] = ()


def build(merged: Merged, home: str, installed: str) -> Settings:
    """The typed view of merged values. `installed` is the folder of installed scripts."""
    values = {key: given.value for key, given in merged.values.items()}

    def table(name: str, *fields: str) -> dict[str, Any]:
        return {each: values[f"{name}.{each}"] for each in fields}

    core = Core(**table("core", *Core._fields[:-1]), uv=Uv(values["core.uv.flags"]))
    everywhere = (("global", each) for each in core.global_script_dirs)
    return Settings(
        core=core,
        document=Document(**table("document", *Document._fields)),
        contexts=Contexts(_contexts(merged.values), _contexts(merged.vouched)),
        create=Create(**table("create", *Create._fields)),
        share=Share(**table("share", *Share._fields)),
        sandbox=_sandbox(values),
        profiles=_profiles(merged),
        agent=Agent(**table("agent", *Agent._fields)),
        test=Test(**table("test", *Test._fields)),
        telemetry=Telemetry(**table("telemetry", *Telemetry._fields)),
        values=values,
        origins={key: given.origin for key, given in merged.values.items()},
        ignored=merged.ignored,
        home=home,
        script_folders=(("project", core.project_script_dir), *everywhere, ("installed", installed)),
    )


def _named(values: Mapping[str, Given], table: str) -> dict[str, dict[str, Given]]:
    found: dict[str, dict[str, Given]] = {}
    for key, given in values.items():
        if key.startswith(table + "."):
            _, name, field = key.split(".", 2)
            found.setdefault(name, {})[field] = given
    return found


def _sandbox(values: Mapping[str, Any], prefix: str = "") -> Sandbox:
    """The settings of confinement; with a `prefix` those of a profile, which need not say anything."""
    start, kinds = f"{prefix}sandbox.", ("read", "write", "net", "env", "run")
    said = {each: values.get(start + each) for each in Sandbox._fields[:-2]}
    return Sandbox(
        **said,
        allow={kind: values.get(f"{start}allow.{kind}", ()) for kind in kinds},
        deny={kind: values.get(f"{start}deny.{kind}", ()) for kind in kinds},
    )


def _profiles(merged: Merged) -> dict[str, Profile]:
    """All profiles by name. One of which nothing counts, as an untrusted project gave it, is there all the same."""
    names = [
        key.split(".", 2)[1]
        for key in (*merged.values, *(each.key for each in merged.ignored))
        if key.startswith("profiles.")
    ]
    values = {key: given.value for key, given in merged.values.items()}
    return {
        name: Profile(
            name,
            _sandbox(values, f"profiles.{name}."),
            values.get(f"profiles.{name}.lazy_imports"),
            values.get(f"profiles.{name}.warm"),
        )
        for name in dict.fromkeys(names)
    }


def _contexts(values: Mapping[str, Given]) -> dict[str, Context]:
    contexts = {}
    for name, fields in _named(values, "contexts").items():
        enabled, extends = fields.get("enabled"), fields.get("extends")
        contexts[name] = Context(
            name,
            enabled.value if enabled else None,
            extends.value if extends else (),
            enabled.origin if enabled else DEFAULT,
            extends.origin if extends else DEFAULT,
        )
    return contexts
