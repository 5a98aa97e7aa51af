"""What a confined run may reach, and what was built to hold it there: pure values.

`permissions` makes them of what a script asks for and the user grants; `enter` builds what they say.
"""

from __future__ import annotations

from pyst.named import NamedTuple

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from typing import Any

STRICT, BASIC, BEST_EFFORT = "strict", "basic", "best-effort"
"""The tiers: all walls; those that need no namespaces; the best that this host allows."""
OFF, LOOPBACK, HOSTS, ALL = "off", "loopback", "hosts", "all"
"""How much of the network is reached."""


class Wall(Exception):
    """A wall that could not be built, or did not hold: `name` is what it is called."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class Net(NamedTuple):
    """The network that may be reached.

    `mode` is `off`, `loopback`, `hosts` or `all`. `hosts` are pairs of a name, an address or `*.example.org`, and a
    port (0 is any), for the mode `hosts`. With `private`, private, link-local and loopback addresses may be reached
    by granted names too.
    """

    mode: str = OFF
    hosts: tuple[tuple[str, int], ...] = ()
    private: bool = False


class Bounds(NamedTuple):
    """How much a run may use. None is no bound.

    `timeout_seconds` is the time by the clock, `memory_bytes` the memory of the whole tree, `cpu_seconds` the CPU
    time of the whole tree, `processes` how many may exist at once, `file_bytes` the size of one file, `disk_bytes` what
    the whole tree may write.
    """

    timeout_seconds: float | None = None
    memory_bytes: int | None = None
    cpu_seconds: int | None = None
    processes: int | None = None
    file_bytes: int | None = None
    disk_bytes: int | None = None


class Walls(NamedTuple):
    """What a confined run may reach; all paths are absolute.

    `tier` is what was asked for: `strict`, `basic` or `best-effort`. `read` may be read, besides what a Python needs;
    `write` may be written (and read); `denied` lies below these and may not be reached at all. `run` are programs, or
    folders of programs, that may be executed besides the interpreter; None is all. `env` are names (globs) of the
    caller's variables that the script sees, besides a harmless few. `contents` are files with the SHA-256 that all of
    this was decided for.
    """

    tier: str
    read: tuple[str, ...]
    write: tuple[str, ...]
    denied: tuple[str, ...] = ()
    run: tuple[str, ...] | None = ()
    net: Net = Net()
    env: tuple[str, ...] = ()
    bounds: Bounds = Bounds()
    contents: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The walls as JSON data."""
        return {
            "tier": self.tier,
            "read": list(self.read),
            "write": list(self.write),
            "denied": list(self.denied),
            "run": None if self.run is None else list(self.run),
            "net": {
                "mode": self.net.mode,
                "hosts": [{"host": host, "port": port} for host, port in self.net.hosts],
                "private": self.net.private,
            },
            "env": list(self.env),
            "bounds": self.bounds._asdict(),
        }


class Built(NamedTuple):
    """The walls that were built and proven: the tier, its layers, and what this tier does not stop (in words)."""

    tier: str
    layers: tuple[str, ...]
    not_stopped: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """What was built, as JSON data."""
        return {"tier": self.tier, "layers": list(self.layers), "not_stopped": list(self.not_stopped)}
