"""What lies in a script folder, by name and stat alone; and a fingerprint of it.

Discovery names what it finds here, and memos of listings rest on the fingerprint: they are the same walk, so that
they can't differ. A listing of thousands of files is replayed by comparing fingerprints, so that this is written for
speed, imports only what is built in, and shares the work with a child where that pays.
"""

from marshal import dumps

try:
    import posix as system
except ImportError:  # as in `pyst.hotpath`
    import nt as system  # type: ignore[no-redef]

from pyst.hotpath import digest

MOST_ENTRIES = 200_000
"""How many entries below one script folder are looked at; what lies beyond is not listed."""

FIRST, SECOND, BOTH = 1, 2, 3
"""The halves of a survey: about half of the ordinary `.py` files are the second, and all else the first."""

WORTH_A_CHILD = 1_000
"""So many files in the second half pay for another process."""

EINVAL, EIO = 22, 5

Entry = tuple[str, int, int, int, int, int, int] | tuple[str, int]
"""`(name, *stamp)`, or `(name, errno)` where it can't be examined. The stamp is that of `pyst.hotpath.stamp_of`."""

Part = tuple[str, int, list[Entry], list[Entry]]
"""One folder: its path, the errno where it can't be listed (0: it can), and the two halves of its entries."""

Identity = tuple[int, int]
Inner = list[tuple[str, Identity]]


def is_ignored(name: str) -> bool:
    """Whether discovery passes over an entry of this name (SPEC section 4)."""
    return name[0] in "._" or name.endswith(".pyi")


def survey_of(root: str, most_entries: int = MOST_ENTRIES, halves: int = BOTH) -> tuple[list[Part], bool]:
    """Everything at and below `root` that could be a script or hold one; and whether that is all.

    Files count that end in `.py` or have no suffix. Links are followed, each folder is listed once, real folders
    before links to them, whatever the order that the filesystem tells. Virtual environments count as nothing.
    """
    try:
        found = system.stat(root)
    except (OSError, ValueError) as error:
        return [(root, getattr(error, "errno", None) or EINVAL, [], [])], True
    parts: list[Part] = []
    seen = {(found.st_dev, found.st_ino)}
    folders: Inner = [(root, (0, 0))]
    links: Inner = []
    left = most_entries
    while folders or links:
        if folders:
            folder, _ = folders.pop()
        else:
            links.sort(reverse=True)
            folder, identity = links.pop()
            if identity in seen:
                continue
            seen.add(identity)
        inner: Inner = []
        try:
            part, left = _list(folder, folder == root, left, halves, inner, links)
        except OSError as error:
            part = (folder, error.errno or EIO, [], [])
        parts.append(part)
        for path, identity in inner:
            if identity not in seen:
                seen.add(identity)
                folders.append((path, identity))
        if left < 0:
            break
    parts.sort()
    return parts, left >= 0


def _list(folder: str, is_root: bool, left: int, halves: int, inner: Inner, links: Inner) -> tuple[Part, int]:
    """One folder, of at most `left` entries; and how many are left then. Adds the folders in it to `inner`, and the
    links to folders to `links`. Raises `OSError`."""
    first: list[Entry] = []
    second: list[Entry] = []
    prefix = folder if folder[-1] == "/" else folder + "/"
    fd = system.open(folder, system.O_RDONLY | system.O_DIRECTORY | system.O_CLOEXEC | system.O_NONBLOCK)
    try:
        with system.scandir(fd) as listing:  # by the descriptor: a stat need not walk down the path again
            for entry in listing:
                left -= 1
                if left < 0:
                    break
                name = entry.name
                if name[0] in "._":
                    continue
                entries = first
                if name[-3:] == ".py":
                    if (ord(name[-4]) ^ ord(name[len(name) >> 1])) & 1 and entry.is_file(follow_symlinks=False):
                        entries = second
                        if not halves & SECOND:
                            continue
                    elif halves == SECOND and entry.is_file(follow_symlinks=False):
                        continue
                elif "." in name:
                    if name == "pyvenv.cfg" and not is_root:
                        return (folder, 0, [(name, 0)], []), left
                    if name[-4:] == ".pyi" or entry.is_file(follow_symlinks=False):
                        continue
                try:
                    found = entry.stat()
                except OSError as error:
                    entries.append((name, error.errno or EIO))
                    continue
                mode = found.st_mode
                if mode & 0o170000 != 0o040000:
                    times = found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns
                    entries.append((name, mode, *times, found.st_dev))
                    continue
                entries.append((name, mode, 0, 0, found.st_ino, 0, found.st_dev))
                below = links if entry.is_symlink() else inner
                below.append((prefix + name, (found.st_dev, found.st_ino)))
    finally:
        system.close(fd)
    first.sort()
    second.sort()
    return (folder, 0, first, second), left


def fingerprint_of(root: str, most_entries: int = MOST_ENTRIES) -> bytes | None:
    """A fingerprint of all that `survey_of` sees, or None where that is not all: then nothing may rest on it."""
    parts, whole = survey_of(root, most_entries)
    return fingerprint_from(parts) if whole else None


def fingerprint_from(parts: list[Part]) -> bytes:
    """The fingerprint of a whole survey: the number of files in its second half, and a digest of each half."""
    count = sum(len(part[3]) for part in parts)
    return count.to_bytes(4, "big") + _digest_of(parts, FIRST) + _digest_of(parts, SECOND)


def _digest_of(parts: list[Part], half: int) -> bytes:
    return digest(dumps([part[:3] if half == FIRST else part[3] for part in parts], 2))


def stands(trees: tuple[tuple[str, bytes | None], ...]) -> bool:
    """Whether each folder still has the fingerprint beside it."""
    total = sum(int.from_bytes(fingerprint[:4], "big") for _, fingerprint in trees if fingerprint)
    pid = _fork() if total >= WORTH_A_CHILD else None
    if pid is None:
        return all(fingerprint is not None and fingerprint_of(root) == fingerprint for root, fingerprint in trees)
    if pid == 0:
        stood = False
        try:
            stood = _half_stands(trees, SECOND)
        finally:
            system._exit(0 if stood else 1)
    stood = _half_stands(trees, FIRST)
    return system.waitpid(pid, 0)[1] == 0 and stood


def _fork() -> int | None:
    """Fork where there is a second core; None where not."""
    try:
        return system.fork() if len(system.sched_getaffinity(0)) > 1 else None
    except (AttributeError, OSError):
        return None


def _half_stands(trees: tuple[tuple[str, bytes | None], ...], half: int) -> bool:
    at = 4 if half == FIRST else 20
    for root, fingerprint in trees:
        parts, whole = survey_of(root, halves=half)
        if not whole or fingerprint is None or _digest_of(parts, half) != fingerprint[at : at + 16]:
            return False
    return True
