"""Which profile holds for a command, and what profiles there are. What one says of confinement is laid over the
settings by whoever plans a run.

`dev`, `prod` and `benchmark` are there by name: they say nothing until the settings do.
"""

from __future__ import annotations

from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.settings.values import Profile, Sandbox, Settings

BUILT_IN = ("dev", "prod", "benchmark")


def find_profile(name: str, settings: Settings, *, chosen_by: str = "--profile") -> Profile:
    """The profile of this name. Raises `Failure` (E_PROFILE, usage) where there is none."""
    if name in settings.profiles:
        return settings.profiles[name]
    known = profile_names(settings)
    if name in known:
        return Profile(name, Sandbox(None, None, None, None, None, None, None, {}, {}))
    said = "" if chosen_by == "--profile" else f" (`{chosen_by}`)"
    hint = did_you_mean(name, known) or "known profiles: " + ", ".join(f"`{each}`" for each in known)
    raise Failure("E_PROFILE", f"there is no profile `{name}`{said}", hint=hint, exit=ExitCode.USAGE)


def profile_names(settings: Settings) -> list[str]:
    """The names of all profiles: the ones that are always there, then those that the settings add."""
    return [*BUILT_IN, *sorted(name for name in settings.profiles if name not in BUILT_IN)]
