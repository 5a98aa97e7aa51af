"""What is not done for a script that nobody said to trust: building packages, and fetching from where it points.

Pure but for parsing. The block of a script and the lock beside it come from the same place as the script; with
either it could have code of its choice run while its environment is built, or packages taken from its own index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyst.environments.spec import REQUIREMENT_LISTS, EnvSpec
from pyst.errors import ExitCode, Failure, Fix
from pyst.scripts.requirements import split_requirement

INDEX_KEYS = ("index", "index-url", "extra-index-url", "find-links", "default-index")
HARMLESS_KEYS = frozenset(
    {
        "compile-bytecode",
        "conflicts",
        "dependency-metadata",
        "environments",
        "exclude-newer",
        "exclude-newer-package",
        "fork-strategy",
        "index-strategy",
        "link-mode",
        "no-binary",
        "no-binary-package",
        "no-build",
        "no-build-package",
        "no-sources",
        "no-sources-package",
        "prerelease",
        "required-environments",
        "required-version",
        "resolution",
        "sources",
        *REQUIREMENT_LISTS,
    }
)
"""What of `[tool.uv]` only chooses among the packages of the user's own indexes."""

PYPI = "https://pypi.org/simple"


def refuse_untrusted(spec: EnvSpec, name: str) -> None:
    """Raise `Failure` (E_UNTRUSTED_SOURCE, E_UNTRUSTED_INDEX, E_UNTRUSTED_SETTING; 101) for what needs trust.

    `name` is how the user names the script.
    """
    if spec.allow_build:
        return
    own = (each for each in spec.requirements if each not in spec.with_requirements)
    for each in (*own, *_listed_requirements(spec)):
        if split_requirement(each)[2].startswith("@"):
            raise _refused("E_UNTRUSTED_SOURCE", f"`{each}` is taken from an address in the script", name)
    for package, kind in _sources(spec.tool.get("sources")):
        raise _refused("E_UNTRUSTED_SOURCE", f"`{package}` is taken from a {kind} that the script names", name)
    for key in spec.tool:
        if key in INDEX_KEYS:
            raise _refused("E_UNTRUSTED_INDEX", f"the script brings package indexes of its own (`{key}`)", name)
        if key not in HARMLESS_KEYS:
            raise _refused("E_UNTRUSTED_SETTING", f"the script sets `{key}` for uv", name)
    if spec.lock:
        _refuse_lock(spec, name)


def _listed_requirements(spec: EnvSpec) -> Iterator[str]:
    for key in REQUIREMENT_LISTS:
        listed = spec.tool.get(key)
        yield from (each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()


def _sources(sources: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(sources, dict):
        return
    for package, value in sources.items():
        for each in value if isinstance(value, list) else [value]:
            for kind in ("path", "git", "url", "workspace"):
                if isinstance(each, dict) and kind in each:
                    yield package, kind


def _refuse_lock(spec: EnvSpec, name: str) -> None:
    """A lock may name places too; those of its packages must be PyPI or an index of the user's own settings."""
    import tomllib

    try:
        packages = tomllib.loads((spec.lock or b"").decode()).get("package", [])
    except (ValueError, RecursionError):
        return  # uv says what is wrong with it
    mine = b"\n".join(value if isinstance(value, bytes) else value.encode() for _, value in spec.settings)
    mine += "\n".join(spec.flags).encode()
    for package in packages if isinstance(packages, list) else []:
        source = package.get("source") if isinstance(package, dict) else None
        for kind, place in source.items() if isinstance(source, dict) else ():
            if spec.project and kind in ("virtual", "editable", "directory"):
                continue  # the project's own; it is not installed
            what = f"the lock takes `{package.get('name')}` from "
            if kind != "registry":
                raise _refused("E_UNTRUSTED_SOURCE", f"{what}a {kind} source (`{place}`)", name)
            if str(place).rstrip("/") != PYPI and str(place).rstrip("/").encode() not in mine:
                raise _refused("E_UNTRUSTED_INDEX", f"{what}`{place}`, no index of yours", name)


def _refused(code: str, what: str, name: str) -> Failure:
    from shlex import quote

    return Failure(
        code,
        f"{what}: that is done only for scripts that you trust",
        hint=f"look at `{name}` and what it asks for, then trust it",
        exit=ExitCode.BLOCKED,
        fix=Fix(f"pyst trust {quote(name)}", "high"),
    )
