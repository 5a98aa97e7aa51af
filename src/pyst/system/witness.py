"""A witness remembers every file that was looked at, so that later one can ask: is it all still as it was?

It is what makes a cached plan safe to replay. Whatever on the way to a plan reads or probes a file does so through
the witness, absent files included. `pyst.hotpath` compares the stamps; the two agree on what a stamp is.
"""

from __future__ import annotations

import os
import time

from pyst.errors import Failure
from pyst.hotpath import Stamp, stamp_of, time_of

RACY_NS = 60_000_000
"""Two writes closer than the clock of a filesystem ticks leave the same time stamp (10 ms on old kernels)."""
COARSE_NS = 2_000_000_000
"""The same for filesystems that keep whole seconds (ext3, HFS+, some of NFS) or even ones (FAT)."""


class Witness:
    """Reads files and remembers their stamps, taken before the content was."""

    def __init__(self) -> None:
        self.stamps: dict[str, Stamp | None] = {}
        self.times: dict[str, int] = {}
        self.leads: dict[str, tuple[str, bool]] = {}
        self._fresh: dict[str, bytes] = {}
        self._began_ns = time.time_ns()

    def look(self, path: str) -> Stamp | None:
        """The stamp of what `path` leads to, or None where there is nothing to be reached."""
        if path not in self.stamps:
            self.stamps[path] = stamp_of(path)
        return self.stamps[path]

    def look_into(self, path: str) -> None:
        """Remember when the folder (or file) at `path` was last changed: for folders in which something is searched."""
        if path not in self.times:
            self.times[path] = time_of(path)

    def forget(self, path: str) -> None:
        """Look at `path` anew when it is asked for next: what was made of it before does not count."""
        self.stamps.pop(path, None)
        self._fresh.pop(path, None)

    def real(self, path: str) -> str:
        """Where `path` leads, all links on the way followed; whether something is there is remembered too."""
        if path not in self.leads:
            real = os.path.realpath(path)
            self.leads[path] = (real, os.path.lexists(real))
        return self.leads[path][0]

    def is_file(self, path: str) -> bool:
        """Whether `path` leads to a regular file."""
        stamp = self.look(path)
        return stamp is not None and stamp[0] & 0o170000 == 0o100000

    def is_dir(self, path: str) -> bool:
        """Whether `path` leads to a folder."""
        stamp = self.look(path)
        return stamp is not None and stamp[0] & 0o170000 == 0o040000

    def read(self, path: str, *, most_bytes: int = 16 << 20) -> bytes | None:
        """The bytes of the regular file at `path`, or None where there is none. Never blocks on a FIFO.

        Raises `Failure` (`E_UNREADABLE`, `E_TOO_LARGE`) where there is something that can't be read.
        """
        stamp = self.look(path)
        if stamp is None:
            return None
        if stamp[0] & 0o170000 != 0o100000:
            raise Failure("E_UNREADABLE", f"`{path}` is not a regular file")
        if stamp[2] > most_bytes:
            raise Failure("E_TOO_LARGE", f"`{path}` has {stamp[2]} bytes; at most {most_bytes} are read")
        data = _bytes_of(path, most_bytes)
        if data is None:
            self.stamps[path] = None
        elif not is_settled(max(stamp[1], stamp[4]), self._began_ns):
            self._fresh[path] = data
        return data

    def is_settled(self, own: str = "") -> bool:
        """Whether the stamps tell all: a file that changes after it was looked at must have another one by then.

        Of a file that was changed just before it was read, that can be said as soon as some time has passed and it is
        found to be as it was, byte for byte. What lies below the folder `own` is only ever replaced, not changed.
        """
        now_ns = time.time_ns()
        for path, stamp in self.stamps.items():
            if stamp is None or (own and path.startswith(own)):
                continue
            changed_ns = max(stamp[1], stamp[4])
            if is_settled(changed_ns, self._began_ns):
                continue
            data = self._fresh.get(path)
            if data is None or not is_settled(changed_ns, now_ns) or not _is_still(path, stamp, data):
                return False
        return all(is_settled(each, self._began_ns) for each in self.times.values())


def _is_still(path: str, stamp: Stamp, data: bytes) -> bool:
    try:
        return _bytes_of(path, len(data)) == data and stamp_of(path) == stamp
    except Failure:
        return False


def _bytes_of(path: str, most_bytes: int) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failure("E_UNREADABLE", f"`{path}` can't be read: {error.strerror}") from error
    with open(fd, "rb") as file:
        try:
            return file.read(most_bytes + 1)[:most_bytes]
        except OSError as error:
            raise Failure("E_UNREADABLE", f"`{path}` can't be read: {error.strerror}") from error


def is_settled(changed_ns: int, looked_ns: int) -> bool:
    """Whether a later write must leave another stamp on a file that was `changed_ns` before it was looked at."""
    is_coarse = changed_ns % 1_000_000_000 == 0
    return changed_ns < looked_ns - (COARSE_NS if is_coarse else RACY_NS)
