"""Reaching anything by the network, or being reached."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

from tests.attempts.attempt import NotHere, Stage, attempt
from tests.attempts.inside import hold
from tests.attempts.scene import Scene
from tests.attempts.settings import as_root, listens, unless


def loopback(scene: Scene) -> tuple[str, int]:
    return "127.0.0.1", 0


def unix_path(scene: Scene) -> str:
    return str(scene.outside / "socket")


def abstract(scene: Scene) -> str:
    return f"\0pyst-canary-{scene.secret[:8]}"


@attempt(listens(socket.AF_INET, socket.SOCK_STREAM, loopback))
def connect_tcp(a):
    """Connect by TCP."""
    with socket.create_connection(("127.0.0.1", a.port), 2) as connection:
        connection.send(a.mark.encode())


@attempt(listens(socket.AF_INET6, socket.SOCK_STREAM, lambda _: ("::1", 0)))
def connect_tcp_over_ipv6(a):
    """Connect by TCP over IPv6."""
    with socket.create_connection(("::1", a.port), 2) as connection:
        connection.send(a.mark.encode())


@attempt(listens(socket.AF_INET, socket.SOCK_STREAM, loopback))
def connect_by_mapped_address(a):
    """Connect by an IPv4 address inside of an IPv6 one."""
    with socket.socket(socket.AF_INET6) as connection:
        connection.connect(("::ffff:127.0.0.1", a.port))
        connection.send(a.mark.encode())


@attempt(listens(socket.AF_INET, socket.SOCK_STREAM, loopback))
def connect_multipath(a):
    """Connect by Multipath TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as connection:
        connection.connect(("127.0.0.1", a.port))
        connection.send(a.mark.encode())


@attempt(listens(socket.AF_INET, socket.SOCK_STREAM, loopback))
def send_with_fast_open(a):
    """Send by TCP Fast Open, without a call to connect."""
    with socket.socket(socket.AF_INET) as connection:
        connection.sendto(a.mark.encode(), socket.MSG_FASTOPEN, ("127.0.0.1", a.port))


@attempt(listens(socket.AF_INET, socket.SOCK_DGRAM, loopback))
def send_udp(a):
    """Send a datagram by UDP."""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(a.mark.encode(), ("127.0.0.1", a.port))


@attempt(listens(socket.AF_INET, socket.SOCK_DGRAM, loopback, 136))
def send_udp_lite(a):
    """Send a datagram by UDP-Lite."""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136).sendto(a.mark.encode(), ("127.0.0.1", a.port))


@attempt(listens(socket.AF_INET, socket.SOCK_DGRAM, loopback))
def leak_by_dns_query(a):
    """Hide words in the name of a DNS query."""
    name = b"".join(bytes([len(part)]) + part for part in (a.mark.encode(), b"example", b"org")) + b"\0"
    query = struct.pack(">6H", 4711, 256, 1, 0, 0, 0) + name + struct.pack(">2H", 16, 1)
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(query, ("127.0.0.1", a.port))


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def reached_from_outside(scene: Scene) -> Iterator[Stage]:
    port = free_port(socket.SOCK_STREAM)

    def knock() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2) as connection:
                connection.settimeout(0.5)
                scene.received.append(connection.recv(100))
        except OSError:
            pass
        return scene.was_marked()

    yield Stage({"port": port, "mark": scene.mark}, look=knock)


@attempt(reached_from_outside)
def serve_tcp(a):
    """Listen by TCP and be reached from outside."""
    with socket.create_server(("127.0.0.1", a.port)) as server:
        server.settimeout(2)
        connection, _ = server.accept()
        connection.send(a.mark.encode())
        connection.close()


def fed_from_outside(scene: Scene) -> Iterator[Stage]:
    port = free_port(socket.SOCK_DGRAM)

    def feed() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(scene.secret.encode(), ("127.0.0.1", port))
        return False

    yield Stage({"port": port}, scene.leaked, feed)


@attempt(fed_from_outside)
def listen_udp(a):
    """Get datagrams from outside."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", a.port))
        one.settimeout(2)
        print(one.recv(100))


@attempt(listens(socket.AF_UNIX, socket.SOCK_STREAM, unix_path))
def connect_unix(a):
    """Connect to a Unix socket by its path."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(a.address)
        connection.send(a.mark.encode())


@attempt(listens(socket.AF_UNIX, socket.SOCK_STREAM, lambda scene: str(scene.work / "socket")))
def connect_unix_in_granted_folder(a):
    """Connect to another program's Unix socket in a folder that may be written."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(a.address)
        connection.sendall(a.mark.encode())


@attempt(listens(socket.AF_UNIX, socket.SOCK_DGRAM, unix_path))
def send_unix_datagram(a):
    """Send a datagram to a Unix socket by its path."""
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(a.mark.encode(), a.address)


@attempt(listens(socket.AF_UNIX, socket.SOCK_STREAM, abstract))
def connect_abstract(a):
    """Connect to an abstract Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(a.address)
        connection.send(a.mark.encode())


@attempt(listens(socket.AF_UNIX, socket.SOCK_DGRAM, abstract))
def send_abstract_datagram(a):
    """Send a datagram to an abstract Unix socket."""
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(a.mark.encode(), a.address)


@attempt(listens(socket.AF_UNIX, socket.SOCK_SEQPACKET, abstract))
def send_abstract_packets(a):
    """Send packets in sequence to an abstract Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(a.address)
        connection.send(a.mark.encode())


def netlink(scene: Scene) -> Iterator[Stage]:
    for stage in listens(socket.AF_NETLINK, socket.SOCK_RAW, lambda _: (os.getpid(), 0), 2)(scene):
        yield stage._replace(given=stage.given | {"netlink": os.getpid()})


@attempt(netlink)
def send_netlink(a):
    """Send to a process outside by netlink."""
    header = struct.pack("IHHII", 16 + len(a.mark), 16, 0, 1, 0)
    one = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
    one.sendto(header + a.mark.encode(), (a.netlink, 0))


def new_address(scene: Scene) -> Iterator[Stage]:
    number = 1 + int(scene.mark[:4], 16) % 60000
    address = f"127.77.{number >> 8}.{number & 255}"

    def is_there() -> bool:
        with open("/proc/net/fib_trie", encoding="utf-8") as file:
            return address in file.read()

    with open("/proc/net/fib_trie", encoding="utf-8") as file:
        if "127.77." in file.read():
            raise NotHere("an address of this range exists")
    try:
        yield Stage({"address": address, "change": 20}, is_there)
    finally:
        if is_there():
            change_loopback(address, 21)


def change_loopback(address: str, change: int) -> None:
    """Add (20) or remove (21) an address of the loopback interface."""
    body = struct.pack("BBBBI", 2, 32, 0, 254, 1) + struct.pack("HH", 8, 2) + socket.inet_aton(address)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as one:
        one.send(struct.pack("IHHII", 16 + len(body), change, 0x405, 1, 0) + body)
        one.recv(4096)


@attempt(as_root(new_address))
def change_the_network(a):
    """Add an address to an interface by netlink."""
    body = struct.pack("BBBBI", 2, 32, 0, 254, 1) + struct.pack("HH", 8, 2) + socket.inet_aton(a.address)
    one = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    one.send(struct.pack("IHHII", 16 + len(body), a.change, 0x405, 1, 0) + body)
    one.recv(4096)


def taken_port(scene: Scene) -> Iterator[Stage]:
    port = 50000 + int(scene.mark[:4], 16) % 10000

    def is_taken() -> bool:
        with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as one:
            try:
                one.bind((socket.VMADDR_CID_ANY, port))
            except OSError:
                return True
            return False

    try:
        if is_taken():
            raise NotHere("the port is taken")
    except OSError as error:
        raise NotHere("the kernel has no vsock") from error
    yield Stage({"port": port}, look=is_taken)


@attempt(taken_port)
def listen_vsock(a):
    """Listen for the machine's host by vsock, which no network namespace holds."""
    one = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    one.bind((0xFFFFFFFF, a.port))
    one.listen()
    hold()


@attempt(as_root(listens(socket.AF_INET, socket.SOCK_RAW, lambda _: ("127.0.0.1", 0), 253)))
def send_raw(a):
    """Send a raw IP packet."""
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 253).sendto(a.mark.encode(), ("127.0.0.1", 0))


def icmp_listener(scene: Scene) -> Iterator[Stage]:
    if os.geteuid() != 0:
        raise NotHere("only root can see the packets from outside")
    yield from listens(socket.AF_INET, socket.SOCK_RAW, lambda _: ("127.0.0.1", 0), 1)(scene)


no_echo = ("/proc/sys/net/ipv4/ping_group_range", lambda found, user: not found[0] <= user <= found[1])


@attempt(unless(*no_echo, icmp_listener))
def send_echo_request(a):
    """Hide words in an echo request (ping)."""
    packet = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + a.mark.encode()
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).sendto(packet, ("127.0.0.1", 0))


@attempt(as_root(listens(socket.AF_PACKET, socket.SOCK_RAW, lambda _: ("lo", 0x88B5), socket.htons(0x88B5))))
def send_frame(a):
    """Send a frame below IP."""
    one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    one.bind(("lo", 0))
    one.send(b"\0" * 12 + b"\x88\xb5" + a.mark.encode())


def descriptor_by_socket(scene: Scene) -> Iterator[Stage]:
    """A server outside gives an open file to whoever comes by a Unix socket."""
    import threading

    path = scene.plant(scene.outside / "secret.txt")
    address = str(scene.outside / "giver")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        os.chmod(address, 0o777)
        server.listen()
        server.settimeout(0.05)
        over = threading.Event()

        def give() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                    with connection, open(path, encoding="utf-8") as file:
                        socket.send_fds(connection, [b"x"], [file.fileno()])
                except OSError:
                    pass

        thread = threading.Thread(target=give)
        thread.start()
        try:
            yield Stage({"address": address}, scene.leaked)
        finally:
            over.set()
            thread.join()


@attempt(descriptor_by_socket)
def take_descriptor_by_socket(a):
    """Take an open file from a server outside by a Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(a.address)
        _, fds, _, _ = socket.recv_fds(connection, 10, 1)
        print(os.read(fds[0], 100))
