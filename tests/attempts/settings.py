"""The settings that attempts share: what is planted for them, and how success shows from outside."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.attempts.attempt import NotHere, Setting, Stage
from tests.attempts.scene import Scene, Victim, below, links_of, put_back, state_of

MOST_LATE = 100


def as_root(setting: Setting) -> Setting:
    """The same setting, for root alone."""

    def stage(scene: Scene) -> Iterator[Stage]:
        if scene.user.number != 0:
            raise NotHere("only root can do it")
        yield from setting(scene)

    return stage


def unless(path: str, forbids: Callable[[list[int], int], bool], setting: Setting) -> Setting:
    """The same setting, where a setting of the kernel does not keep the user from it without any walls.

    `forbids` is given the numbers in the file at `path` and the user's.
    """

    def stage(scene: Scene) -> Iterator[Stage]:
        with contextlib.suppress(OSError):
            text = Path(path).read_text()
            if forbids([int(each) for each in text.split()], scene.user.number):
                raise NotHere(f"`{path}` is `{text.strip()}`")
        yield from setting(scene)

    return stage


def leaks(where: Callable[[Scene], Path]) -> Setting:
    """A file with the secret lies at `where`; success is the secret being seen."""

    def stage(scene: Scene) -> Iterator[Stage]:
        path = scene.plant(where(scene))
        try:
            yield Stage({"path": str(path), "work": str(scene.work)}, scene.leaked)
        finally:
            path.unlink(missing_ok=True)

    return stage


def outside_secret(scene: Scene) -> Path:
    return scene.outside / "secret.txt"


def changes(where: Callable[[Scene], Path], *, content: str | None = "as it was\n") -> Setting:
    """The file `where` (absent, for None) is changed: its content, its mode, its times, its names."""

    def stage(scene: Scene) -> Iterator[Stage]:
        path = where(scene)
        planted = content is not None and not path.exists()
        if planted:
            scene.plant(path, content)
        before, old = state_of(path), path.read_bytes() if path.is_file() else None
        beside = state_of(scene.outside)
        given = {"path": str(path), "work": str(scene.work), "mark": scene.mark, "uid": 12345}
        try:
            yield Stage(given, lambda: state_of(path) != before or state_of(scene.outside) != beside)
        finally:
            put_back(path, None if planted else old)

    return stage


def outside_file(scene: Scene) -> Path:
    return scene.outside / "file.txt"


def appears(where: Callable[[Scene], Path]) -> Setting:
    """A file appears where there is none."""
    return changes(where, content=None)


def seen_in_tree(look: Callable[[Scene, int], bool], **given: Any) -> Setting:
    """Something is seen at a process of the run while it runs."""

    def stage(scene: Scene) -> Iterator[Stage]:
        def anywhere() -> bool:
            return any(look(scene, pid) for pid in scene.tree())

        yield Stage({"work": str(scene.work), "mark": scene.mark, **given}, look=anywhere)

    return stage


def holds_descriptor(name: str) -> Setting:
    """A process of the run has a descriptor of this kind."""
    return seen_in_tree(lambda _, pid: any(name in each for each in links_of(pid)))


def with_victim(succeeded: Callable[[Scene, Victim], bool], *words: str, live: bool = False) -> Setting:
    """A process of the same user outside is acted upon; looked at while the attempt runs, too, where it is `live`."""

    def stage(scene: Scene) -> Iterator[Stage]:
        with scene.victim(*words) as victim:
            given = {
                "pid": victim.pid,
                "address": victim.address,
                "held": victim.held,
                "work": str(scene.work),
                "mark": scene.mark,
            }
            holds = lambda: succeeded(scene, victim)  # noqa: E731
            yield Stage(given, holds, holds if live else lambda: False)

    return stage


def leaks_from_victim(scene: Scene, victim: Victim) -> bool:
    return scene.leaked()


def kills_victim(scene: Scene, victim: Victim) -> bool:
    return victim.is_dead()


def listens(family: int, kind: int, address: Callable[[Scene], Any], protocol: int = 0) -> Setting:
    """A listener outside; success is the mark arriving there."""

    def stage(scene: Scene) -> Iterator[Stage]:
        try:
            server = socket.socket(family, kind, protocol)
        except OSError as error:
            raise NotHere(f"the kernel has no such socket: {error.strerror}") from error
        with server:
            where = address(scene)
            try:
                server.bind(where)
            except OSError as error:
                raise NotHere(f"can't listen at {where!r}: {error.strerror}") from error
            if family == socket.AF_UNIX and where[0] != "\0":
                os.chmod(where, 0o777)
            server.settimeout(0.05)
            over = threading.Event()
            receiver = threading.Thread(target=_receive, args=(server, kind, scene.received, over))
            if kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
                server.listen(8)
            receiver.start()
            told = server.getsockname()
            port = told[1] if isinstance(told, tuple) and len(told) > 1 else 0
            name = told.decode() if isinstance(told, bytes) else told if isinstance(told, str) else ""

            def arrived() -> bool:
                over.set()
                receiver.join()
                return scene.was_marked()

            try:
                yield Stage({"port": port, "address": name, "mark": scene.mark}, arrived, scene.was_marked)
            finally:
                over.set()
                receiver.join()

    return stage


def _receive(server: socket.socket, kind: int, received: list[bytes], over: threading.Event) -> None:
    """Take what comes; once it is over, what still waits (others on this machine may send without an end)."""
    left = MOST_LATE
    while left:
        left -= over.is_set()
        try:
            if kind not in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
                received.append(server.recv(65536))
                continue
            taken, _ = server.accept()
        except OSError:
            if over.is_set():
                return
            continue
        with taken, contextlib.suppress(OSError):
            taken.settimeout(1.0)
            received.append(taken.recv(4096))


def inherits(make: Callable[[Scene], int], judge: Callable[[Scene], bool]) -> Setting:
    """The command is started with one more descriptor: number 77."""

    def stage(scene: Scene) -> Iterator[Stage]:
        fd = make(scene)
        scene.descriptors[77] = fd
        try:
            yield Stage({"fd": 77, "mark": scene.mark}, lambda: judge(scene), scene.was_marked)
        finally:
            os.close(fd)

    return stage


def survives(scene: Scene) -> Iterator[Stage]:
    """A process of the run is still there when the command has ended."""
    from tests.attempts.scene import wait_for

    def left() -> bool:
        return not wait_for(lambda: not set(below(os.getpid())) - scene.helpers, 0.5)

    yield Stage({"mark": scene.mark, "work": str(scene.work)}, left)
