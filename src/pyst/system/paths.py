"""Where pyst keeps things: the XDG folders, or one folder under `PYST_HOME` (SPEC section 2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

CACHE_VERSION = 1


class Paths(NamedTuple):
    """The folders and files of pyst. All absolute; none need exist."""

    home: str
    config: str
    data: str
    cache: str
    state: str

    @property
    def settings_file(self) -> str:
        return os.path.join(self.config, "pyst.toml")

    @property
    def env_file(self) -> str:
        return os.path.join(self.config, ".env")

    @property
    def scripts(self) -> str:
        return os.path.join(self.data, "scripts")

    @property
    def installed(self) -> str:
        return os.path.join(self.data, "installed")

    @property
    def bin(self) -> str:
        return os.path.join(self.data, "bin")

    @property
    def manifest_file(self) -> str:
        return os.path.join(self.data, "manifest.json")

    @property
    def journal_file(self) -> str:
        return os.path.join(self.data, "installing.json")

    @property
    def mapping_file(self) -> str:
        return os.path.join(self.data, "mapping.json")

    @property
    def replaced(self) -> str:
        return os.path.join(self.data, "replaced")

    @property
    def trust_file(self) -> str:
        return os.path.join(self.data, "trust.json")

    @property
    def grants_file(self) -> str:
        return os.path.join(self.data, "grants.json")

    @property
    def environments(self) -> str:
        return os.path.join(self.cache, f"environments-v{CACHE_VERSION}")

    @property
    def interfaces(self) -> str:
        return os.path.join(self.cache, f"interfaces-v{CACHE_VERSION}")

    @property
    def plans(self) -> str:
        return os.path.join(self.cache, f"plans-v{CACHE_VERSION}")

    @property
    def outputs(self) -> str:
        return os.path.join(self.cache, f"outputs-v{CACHE_VERSION}")

    @property
    def snippets(self) -> str:
        return os.path.join(self.cache, f"snippets-v{CACHE_VERSION}")


def paths_from(environ: Mapping[str, str]) -> Paths:
    """The folders that these environment variables ask for.

    A relative XDG path is ignored, as the XDG base directory specification says. Without a home, the folders lie
    under the temporary directory, so that listing and running still work.
    """
    home = environ.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):
        home = os.path.join("/tmp", f"pyst-{os.getuid()}") if hasattr(os, "getuid") else os.path.abspath(home)
    if one := environ.get("PYST_HOME"):
        one = os.path.abspath(one)
        return Paths(home, *(os.path.join(one, each) for each in ("config", "data", "cache", "state")))

    def xdg(name: str, default: str) -> str:
        base = environ.get(name, "")
        return os.path.join(base if os.path.isabs(base) else os.path.join(home, default), "pyst")

    return Paths(
        home,
        xdg("XDG_CONFIG_HOME", ".config"),
        xdg("XDG_DATA_HOME", os.path.join(".local", "share")),
        xdg("XDG_CACHE_HOME", ".cache"),
        xdg("XDG_STATE_HOME", os.path.join(".local", "state")),
    )
