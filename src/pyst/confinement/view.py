"""What a confined Python sees: from its walls and its plan to the value that the walls are built of.

Reads the file system (what is a folder, where links lead), changes nothing. `linux.mounts` builds the view of the
strict tier, `linux.landlock` holds the rules of both.
"""

from __future__ import annotations

import os

from pyst.confinement.fixed import with_fixed_names
from pyst.confinement.linux.landlock import EXECUTE, IOCTL_DEV, READ, READ_FILE, WRITE, WRITE_FILE, Rule
from pyst.confinement.walls import Wall, Walls
from pyst.named import NamedTuple
from pyst.running.plan import Plan

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    from pyst.confinement.linux.mounts import Mount, View

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32", "/nix/store", "/gnu/store")
PROGRAMS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/libexec", "/usr/games")
LOADERS = (
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
)
"""What the kernel executes with every program that is linked dynamically."""
SETTINGS = tuple(
    "/etc/" + each
    for each in (
        "ld.so.cache", "ld.so.conf", "passwd", "group", "nsswitch.conf", "hosts", "host.conf", "resolv.conf",
        "gai.conf", "services", "protocols", "timezone", "mime.types", "locale.alias", "locale.conf",
        "default/locale", "os-release", "lsb-release", "debian_version", "inputrc", "ssl/openssl.cnf", "ssl/cert.pem",
        "pki/tls/cert.pem", "pki/tls/openssl.cnf",
    )
)  # fmt: skip
"""Files of the machine that libraries read: names, time, locale, resolver, certificates; no secrets among them."""
SETTING_FOLDERS = tuple(
    "/etc/" + each
    for each in (
        "ld.so.conf.d", "ssl/certs", "pki/tls/certs", "pki/ca-trust/extracted", "pki/ca-trust/source",
        "ca-certificates/extracted", "alternatives", "terminfo", "fonts", "localtime", "crypto-policies",
    )
)  # fmt: skip
MACHINE = tuple(
    "/proc/" + each for each in ("cpuinfo", "meminfo", "stat", "loadavg", "uptime", "version", "filesystems")
)
DEVICES = tuple("/dev/" + each for each in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts"))
INSIDE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "inside")
MOST_PRIVATE_BYTES = 2 << 30
"""What may be written to the private folder where no bound says it."""


def is_shown_to_all(path: str) -> bool:
    """Whether every confined run may read something at or below `path`, unless that is denied. False for the root: who
    denies that means what was granted."""
    shown = (*SYSTEM, *SETTING_FOLDERS, *SETTINGS, *MACHINE)
    return path != "/" and any(covers(each, path) or covers(path, each) for each in shown)


class Needs(NamedTuple):
    """What the Python of a plan needs to run: what is read, what is executed, and the links on the way."""

    read: tuple[str, ...]
    programs: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


def trace(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Where a path leads, and every symbolic link on the way with what it says."""
    links = []
    at = "/"
    left = path.split("/")[::-1]
    while left:
        name = left.pop()
        if name in ("", "."):
            continue
        if name == "..":
            at = os.path.dirname(at)
            continue
        here = at + "/" + name if at != "/" else "/" + name
        target = _link_at(here)
        if target is None:
            at = here
            continue
        links.append((here, target))
        if len(links) > 40:
            return here, tuple(links)
        if target.startswith("/"):
            at = "/"
        left.extend(target.split("/")[::-1])
    return at, tuple(links)


_links: dict[str, str | None] = {}


def _link_at(path: str) -> str | None:
    """What a symbolic link says; None where there is none. Asked once: most paths share their beginnings."""
    if path not in _links:
        try:
            _links[path] = os.readlink(path)
        except OSError:
            _links[path] = None
    return _links[path]


def covers(folder: str, path: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return folder == "/" or path == folder or path.startswith(folder + "/")


def needs_of(plan: Plan, home: str | None) -> Needs:
    """What the plan's Python needs. `home` is the user's, which is not shown even where a Python lies right in it."""
    interpreter, links = trace(plan.argv[0])
    found = list(links)
    wanted = [INSIDE, *_prefix(interpreter, home)]
    if plan.environment is not None:
        wanted.append(plan.environment)
        base = _base_of(plan.environment)
        if base is not None:
            real, further = trace(base)
            found += further
            wanted += _prefix(real, home)
    for word in plan.argv[1:4]:
        if word.startswith("/") and not covers(INSIDE, word):
            wanted.append(word)
            break
        if word == "-c":
            break
    return Needs(tuple(wanted), (interpreter,), tuple(found))


def _prefix(interpreter: str, home: str | None) -> list[str]:
    """The folders of an installation, by its interpreter."""
    prefix = os.path.dirname(os.path.dirname(interpreter))
    too_much = prefix == "/" or (home is not None and (covers(prefix, home) or prefix == os.path.join(home, ".local")))
    return [interpreter, os.path.join(prefix, "lib")] if too_much else [prefix]


def _base_of(environment: str) -> str | None:
    """The interpreter that an environment was made from, by its `pyvenv.cfg` (PEP 405)."""
    try:
        with open(os.path.join(environment, "pyvenv.cfg"), encoding="utf-8") as file:
            for line in file:
                key, _, value = line.partition("=")
                if key.strip() == "home":
                    return os.path.join(value.strip(), "python")
    except (OSError, ValueError):
        pass
    return None


def view_of(walls: Walls, plan: Plan, home: str | None) -> View:
    """What is seen in the strict tier. Raises `Wall` for a grant that can't be kept there."""
    from pyst.confinement.linux.mounts import Mount, View

    needs = needs_of(plan, home)
    links = list(needs.links)
    mounts: dict[str, Mount] = {}

    def see(path: str, *, writable: bool = False, executes: bool = False) -> None:
        real, further = trace(path)
        links.extend(further)
        if os.path.lexists(real):
            mounts[real] = Mount(real, real, os.path.isdir(real), writable, executes)

    def grant(path: str, *, writable: bool = False, executes: bool = False) -> None:
        if path.count("/") == 1:  # of a granted root: its own links lead to what is seen too
            see(path, writable=writable, executes=executes)
        elif os.path.lexists(path):
            mounts[path] = Mount(path, path, os.path.isdir(path), writable, executes, exact=True)

    anything = walls.run is None
    for path in SYSTEM:
        see(path, executes=True)
    for path in SETTING_FOLDERS:
        if not covers("/usr", trace(path)[0]):
            see(path)
        else:  # it is seen already, if the links to it are
            links.extend(trace(path)[1])
    if not anything:
        for path in PROGRAMS:
            see(path)
    for path in _expanded(walls.read):
        grant(path, executes=True)
    for path in _expanded(walls.write):
        grant(path, writable=True, executes=anything)
    for path in (*needs.read, *needs.programs, *(walls.run or ())):
        real, further = trace(path)
        links.extend(further)
        above = _nearest(mounts, real)
        if above is None or above.writable or not above.executes:
            see(path, executes=True)  # read-only within what is written, too
    for path, sha256 in walls.contents:
        real, further = trace(path)
        links.extend(further)
        mounts[real] = Mount(real, real, False, executes=True, sha256=sha256)
    for path in walls.denied:
        real, further = trace(path)
        links.extend(further)
        above = _nearest(mounts, real)
        if above is not None and above.writable and not os.path.lexists(real):
            why = f"`{path}` does not exist, and could be made below `{above.target}`, which may be written"
            raise Wall("private view of files", why)
        mounts[real] = Mount("", real, True)
    for path in (*walls.read, *walls.write):
        if any(covers(each, path) for each in ("/proc", "/dev")):
            raise Wall("private view of files", f"`{path}` can't be granted: the script has its own `/proc` and `/dev`")
    private = "/dev/shm/tmp" if "/tmp" in mounts else "/tmp"
    cwd, further = trace(plan.cwd)
    links.extend(further)
    most = walls.bounds.disk_bytes or MOST_PRIVATE_BYTES
    held = with_fixed_names(_needed(mounts), links)
    return View(held, tuple(dict.fromkeys(links)), SETTINGS, (cwd,), private, most, anything)


def _needed(mounts: dict[str, Mount]) -> tuple[Mount, ...]:
    """The mounts, parents first, without those that look as what they lie in."""
    kept: dict[str, Mount] = {}
    for target in sorted(mounts, key=lambda each: (each.count("/"), each)):
        mount, above = mounts[target], _nearest(kept, target)
        if above is None or not (above.source and mount.source) or above[3:5] != mount[3:5] or mount.sha256:
            kept[target] = mount
    return tuple(kept.values())


def _nearest(mounts: dict[str, Mount], path: str) -> Mount | None:
    """The mount that `path` is seen through."""
    while path not in mounts:
        if path == "/":
            return None
        path = os.path.dirname(path)
    return mounts[path]


def _expanded(paths: tuple[str, ...]) -> list[str]:
    """The paths, the root being what lies in it: the rest of the view is mounted between."""
    found = []
    for path in paths:
        if path != "/":
            found.append(path)
            continue
        for name in sorted(os.listdir("/")):
            if name not in ("proc", "dev", "sys", "tmp"):
                found.append("/" + name)
    return found


def rules_of_strict(walls: Walls, plan: Plan, view: View, home: str | None) -> list[Rule]:
    """The rules of Landlock inside the view: all of it is read, and little written and executed."""
    rules = [Rule("/", READ | IOCTL_DEV), Rule("/dev", READ | WRITE_FILE | IOCTL_DEV), Rule("/dev/shm", WRITE)]
    rules += [Rule(view.private, WRITE), *_running(walls, needs_of(plan, home))]
    if walls.run is None:
        rules.append(Rule("/", EXECUTE))
    return [*rules, *(Rule(each, WRITE, each.count("/") > 1) for each in _expanded(walls.write))]


def _running(walls: Walls, needs: Needs) -> list[Rule]:
    granted = [Rule(each, EXECUTE | READ, exact=True) for each in walls.run or ()]
    return [*(Rule(each, EXECUTE | READ) for each in (*needs.programs, *LOADERS)), *granted]


def rules_of_basic(walls: Walls, plan: Plan, private: str, home: str | None) -> list[Rule]:
    """The rules of Landlock where there is no view: what may be read, one by one.

    Raises `Wall` where something must not be written or reached below what may: Landlock has no such rule.
    """
    needs = needs_of(plan, home)
    for path in (*needs.read[1:], *walls.denied):
        real, links = trace(path)
        for writable in walls.write:
            below = trace(writable)[0]
            if path not in walls.denied:
                is_lost = covers(below, real) and real == plan.environment
            else:
                is_lost = any(covers(below, name) for name in (real, *(link for link, _ in links)))
            if is_lost:
                why = f"`{path}` can't be kept from being written below `{writable}`"
                raise Wall("Landlock", why + ", which the tier `strict` can")
    readable, granted = [*SYSTEM, *SETTING_FOLDERS, *needs.read], [*walls.read]
    denied = [trace(each)[0] for each in walls.denied]
    if denied:
        readable = [each for path in readable for each in _without(trace(path)[0], denied)]
        granted = [each for path in granted for each in _without(path, denied)]
    files = [each for each in (*SETTINGS, *MACHINE) if not any(covers(path, trace(each)[0]) for path in denied)]
    rules = [Rule(each, READ) for each in readable]
    rules += [Rule(each, READ_FILE) for each in files]
    rules += [Rule(each, READ, exact=True) for each in granted]
    rules += [Rule(each, READ | WRITE_FILE | IOCTL_DEV) for each in DEVICES]
    rules += [Rule(each, WRITE, exact=True) for each in walls.write]
    rules += [Rule(each, WRITE) for each in (private, "/dev/shm")]
    rules.append(Rule("/proc/self", READ))  # as the script finds it: that of whoever lays the rules
    rules += _running(walls, needs)
    if walls.run is None:
        rules.append(Rule("/", EXECUTE))
    return rules


def _without(path: str, denied: list[str]) -> list[str]:
    """What together is `path` less what is denied below it."""
    if any(covers(each, path) for each in denied):
        return []
    if not any(covers(path, each) for each in denied):
        return [path]
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return []
    below = [trace(path.rstrip("/") + "/" + name)[0] for name in names]
    return [each for real in below if real != path and covers(path, real) for each in _without(real, denied)]
