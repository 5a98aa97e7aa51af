"""The filtering proxy: all of the network that a run with named hosts has.

It is a process of pyst's outside of the walls. The script's network namespace has nothing but a loopback interface;
there, before the script starts, a socket is opened and handed out to the proxy, which listens on it. It speaks HTTP
(CONNECT and `http://…`) and SOCKS 5, looks a name up once, and connects to the very address that it has checked.

Owns the process, and how it comes by its socket. What a client says is judged by `destinations`, `http_head` and
`socks`; one connection is `service`'s.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from pyst.confinement.destinations import LOCALHOST, matches
from pyst.confinement.walls import Net
from pyst.system.child import block_signals, fork, put_back_signals
from pyst.system.process_tree import die_with_parent

if TYPE_CHECKING:
    from pyst.confinement.service import Resolver

PORT = 61080
"""On which it is reached inside: above the ports that Linux gives out by itself, so that no server meets it there."""
URL = f"http://127.0.0.1:{PORT}"
MOST_CONNECTIONS = 256
MOST_EVENTS = 1000
FULL_MS = 50


class Proxy(NamedTuple):
    """A proxy as pyst has it: its process, where its socket is to be handed in, and what it tells (`read_events`).

    It ends when nobody reads what it tells.
    """

    pid: int
    hand: int
    news: int


def variables(net: Net) -> dict[str, str]:
    """What tells the programs inside to use the proxy. One's own loopback is reached without, unless it was granted.

    `ALL_PROXY` names HTTP too: libraries that speak no SOCKS fail at the mere sight of it.
    """
    own = ",".join(each for each in ("localhost", *LOCALHOST) if not _is_outside(net, each))
    values = {"HTTP_PROXY": URL, "HTTPS_PROXY": URL, "ALL_PROXY": URL, "NO_PROXY": own}
    return values | {name.lower(): value for name, value in values.items()}


def _is_outside(net: Net, host: str) -> bool:
    return any(pattern == host or (net.private and matches(pattern, host)) for pattern, _ in net.hosts)


def start(net: Net) -> Proxy:
    """Start the proxy, which waits for its socket. The caller closes both descriptors. Raises `OSError`.

    It lets go of every descriptor of the caller, and dies with it.
    """
    from _socket import socketpair

    ours, theirs = socketpair()
    hand, taking = ours.detach(), theirs.detach()
    news, telling = os.pipe()
    os.set_blocking(news, False)
    parent = os.getpid()
    mask = block_signals()
    try:
        pid = fork()
        if pid == 0:
            _be_the_proxy(parent, taking, telling, net)
    except OSError:
        os.close(hand)
        os.close(news)
        raise
    finally:
        put_back_signals(mask)
        os.close(taking)
        os.close(telling)
    return Proxy(pid, hand, news)


def stop(proxy: Proxy) -> None:
    """End the proxy and reap it. The descriptors are the caller's."""
    try:
        os.kill(proxy.pid, signal.SIGKILL)
        os.waitpid(proxy.pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def hand_over(hand: int) -> None:
    """In the network namespace of the script: open the proxy's socket and hand it out. Raises `OSError`.

    The loopback interface is up by then.
    """
    from _socket import AF_INET, SCM_RIGHTS, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket

    listener, out = socket(AF_INET, SOCK_STREAM), socket(fileno=os.dup(hand))
    try:
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", PORT))
        listener.listen(128)
        out.sendmsg([b"l"], [(SOL_SOCKET, SCM_RIGHTS, listener.fileno().to_bytes(4, sys.byteorder))])
    finally:
        listener.close()
        out.close()


def read_events(data: bytes) -> list[dict[str, object]]:
    """The events in what the proxy told: what was allowed or refused, with host, port and the reason."""
    events: list[dict[str, object]] = []
    for line in data.decode("ascii", "replace").splitlines():
        fields = line.split("\0")
        if len(fields) == 4:
            kind, host, port, reason = fields
            events.append({"type": kind, "host": host, "port": int(port), "reason": reason})
    return events


# The process


def _be_the_proxy(parent: int, taking: int, telling: int, net: Net) -> NoReturn:
    status = 70
    try:
        os.setpgid(0, 0)  # no key of the terminal is meant for it
        die_with_parent(parent)
        _let_go({taking, telling})
        listener = _take(taking)
        if listener is not None:
            serve(listener, net, telling)
        status = 0
    finally:
        os._exit(status)


def _let_go(needed: set[int]) -> None:
    """Give up what came with the fork: the handlers and masks of signals, and all descriptors but the needed ones."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)) or number == signal.SIGTERM:
            signal.signal(number, signal.SIG_DFL)
    put_back_signals(set())
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for fd in range(3):
        os.dup2(nothing, fd)
    for name in os.listdir("/dev/fd"):
        if int(name) > 2 and int(name) not in needed:
            try:
                os.close(int(name))
            except OSError:
                pass  # the listing's own


def _take(taking: int) -> int | None:
    """Wait for the socket to listen on; None where nobody is left who could hand it in."""
    from _socket import CMSG_SPACE, MSG_CMSG_CLOEXEC, SCM_RIGHTS, SOL_SOCKET, socket

    channel = socket(fileno=taking)
    try:
        _, parts, _, _ = channel.recvmsg(1, CMSG_SPACE(4), MSG_CMSG_CLOEXEC)
    finally:
        channel.close()
    for level, kind, data in parts:
        if level == SOL_SOCKET and kind == SCM_RIGHTS and len(data) == 4:
            return int.from_bytes(data, sys.byteorder)
    return None


def serve(listener: int, net: Net, telling: int, *, resolve: Resolver | None = None) -> None:
    """Accept connections on a listening socket until nobody reads `telling` any more; each gets a thread of its own.

    `resolve` gives the addresses of a name; by default the system's resolver is asked.
    """
    from _socket import socket
    from _thread import start_new_thread

    from pyst.confinement import service

    teller = _Teller(telling)
    rules = service.Rules(net, teller.tell, resolve or service.resolve)
    running: set[int] = set()
    door = socket(fileno=listener)
    door.setblocking(False)
    most = min(MOST_CONNECTIONS, _room_for_connections())

    def attend(fd: int) -> None:
        try:
            client = socket(fileno=fd)
            try:
                service.attend(client, rules)
            finally:
                client.detach()
        finally:
            running.discard(fd)
            os.close(fd)

    poller = select.poll()
    poller.register(telling, 0)
    while True:
        is_full = len(running) >= most
        if not is_full:
            poller.register(listener, select.POLLIN)
        for fd, _ in poller.poll(FULL_MS if is_full else None):
            if fd == telling:
                return
            try:
                accepted, _ = door._accept()  # type: ignore[attr-defined]
            except BlockingIOError:
                continue  # it is gone again
            except OSError:
                select.poll().poll(FULL_MS)  # no descriptors, or no memory
                continue
            running.add(accepted)
            try:
                start_new_thread(attend, (accepted,))
            except RuntimeError:  # no more threads
                running.discard(accepted)
                os.close(accepted)
        if not is_full:
            poller.unregister(listener)


def _room_for_connections() -> int:
    """How many connections the limit on descriptors leaves room for; each takes three."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, (soft - 32) // 3)


class _Teller:
    """Tells pyst what was decided: a line each, no more of them than anyone reads, and never waits."""

    def __init__(self, telling: int) -> None:
        os.set_blocking(telling, False)
        self._telling = telling
        self._left = MOST_EVENTS

    def tell(self, kind: str, host: str, port: int, reason: str) -> None:
        if self._left:
            self._left -= 1
            text = "\0".join((kind, host, str(port), reason))
            line = "".join(each if each.isprintable() or each == "\0" else "?" for each in text[:1000]) + "\n"
            try:
                os.write(self._telling, line.encode("ascii", "replace"))
            except OSError:
                pass  # full, or nobody reads
