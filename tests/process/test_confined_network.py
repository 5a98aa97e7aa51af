"""The network of confined runs, from within real ones: off, loopback, named hosts, all. Judged by servers outside."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pyst.confinement.linux import landlock
from tests.conftest import Home
from tests.support.runs import is_alive, wait_until

SECONDS = 60
HAS_NAMESPACES = (
    sys.platform == "linux"
    and subprocess.run(
        [sys.executable, "-c", "import ctypes; exit(ctypes.CDLL(None).unshare(0x10000000 | 0x40000000) != 0)"]
    ).returncode
    == 0
)
pytestmark = pytest.mark.skipif(not HAS_NAMESPACES, reason="this host refuses namespaces")


class Outside(NamedTuple):
    """A server of the host's: its port, and what was asked of it."""

    port: int
    seen: list[str]


@pytest.fixture
def outside() -> Iterator[Outside]:
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Outside(server.server_address[1], seen)
    server.shutdown()
    server.server_close()
    thread.join(SECONDS)


def argv_of(path: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "pyst", "run", *options, str(path)]


def confined(home: Home, text: str, *options: str, arguments: tuple[str, ...] = (), code: int = 0) -> str:
    """What a script writes that runs with these options; it must end with `code`."""
    path = home.script("ask.py", text, where="path")
    argv = [*argv_of(path, *options), *arguments]
    done = subprocess.run(argv, cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


ASK = """
import sys, urllib.error, urllib.request
for url in sys.argv[1:]:
    try:
        print(urllib.request.urlopen(url, timeout=20).read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode().strip())
"""
RAW = """
import json, socket, sys
port, name = int(sys.argv[1]), sys.argv[2]
def attempt(family, kind, *, to, protocol=0, flags=0):
    try:
        with socket.socket(family, kind, protocol) as sock:
            is_silent = family == socket.AF_UNIX or kind == socket.SOCK_DGRAM
            sock.settimeout(0.1 if is_silent else 20)
            if flags:
                sock.sendto(b"GET /raw HTTP/1.0\\r\\n\\r\\n", flags, to)
            else:
                sock.connect(to)
                sock.sendall(b"GET /raw HTTP/1.0\\r\\n\\r\\n")
            return sock.recv(100).decode("latin-1")
    except OSError as error:
        return f"{type(error).__name__} {error.errno}"
found = {
    "tcp": attempt(socket.AF_INET, socket.SOCK_STREAM, to=("127.0.0.1", port)),
    "mptcp": attempt(socket.AF_INET, socket.SOCK_STREAM, to=("127.0.0.1", port), protocol=262),
    "fast open": attempt(socket.AF_INET, socket.SOCK_STREAM, to=("127.0.0.1", port), flags=0x20000000),
    "all of loopback": attempt(socket.AF_INET, socket.SOCK_STREAM, to=("127.8.8.8", port)),
    "mapped": attempt(socket.AF_INET6, socket.SOCK_STREAM, to=("::ffff:127.0.0.1", port)),
    "abstract": attempt(socket.AF_UNIX, socket.SOCK_STREAM, to=name),
    "udp": attempt(socket.AF_INET, socket.SOCK_DGRAM, to=("127.0.0.1", port)),
}
try:
    found["name"] = str(socket.getaddrinfo("example.org", 80))
except OSError as error:
    found["name"] = type(error).__name__
print(json.dumps(found))
"""


def test_granted_hosts_are_reached_through_the_proxy_and_others_not(home: Home, outside: Outside) -> None:
    urls = (f"http://localhost:{outside.port}/yes", "http://localhost:1/no", "http://example.org/no")
    out = confined(home, ASK, "--sandbox", f"--allow-net=localhost:{outside.port}", arguments=urls)
    assert out.splitlines() == [
        "hello",
        "403 pyst: `localhost:1` was not granted to this script; allow it with `--allow-net=localhost:1`",
        "403 pyst: `example.org:80` was not granted to this script; allow it with `--allow-net=example.org:80`",
    ]
    assert outside.seen == ["/yes"]


@pytest.mark.parametrize("options", [(), ("--allow-net=loopback",), ("--allow-net=example.org:443",)])
def test_nothing_goes_around_the_proxy(home: Home, outside: Outside, options: tuple[str, ...]) -> None:
    name = f"\0pyst-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        abstract.bind(name)
        abstract.listen()
        abstract.setblocking(False)
        datagrams.bind(("127.0.0.1", outside.port))
        datagrams.setblocking(False)
        arguments = (str(outside.port), name.replace("\0", "@"))
        text = RAW.replace("sys.argv[2]", 'sys.argv[2].replace("@", "\\0")')
        found = json.loads(confined(home, text, "--sandbox", *options, arguments=arguments))
        assert {key: value for key, value in found.items() if "Error" not in value and value != "gaierror"} == {}
        with pytest.raises(BlockingIOError):
            abstract.accept()
        with pytest.raises(BlockingIOError):
            datagrams.recv(10)
        everywhere = json.loads(confined(home, text, "--no-sandbox", arguments=arguments))
        assert everywhere["tcp"].startswith("HTTP/1.0 200")  # the attempts are real: without walls they get through
        abstract.accept()[0].close()
        assert datagrams.recv(100)
    assert set(outside.seen) == {"/raw"}


def test_loopback_alone_is_the_scripts_own(home: Home, outside: Outside) -> None:
    text = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    client = socket.create_connection(server.getsockname(), timeout=20)
    inner, _ = server.accept()
    client.sendall(b"own")
    print(inner.recv(10).decode())
"""
    arguments = (str(outside.port),)  # the host's server listens there: this is another world
    assert confined(home, text, "--sandbox", "--allow-net=loopback", arguments=arguments) == "own\n"
    assert outside.seen == []


def test_everything_is_everything(home: Home, outside: Outside) -> None:
    urls = (f"http://127.0.0.1:{outside.port}/all",)
    assert confined(home, ASK, "--sandbox", "--allow-net", arguments=urls) == "hello\n"


def test_what_was_refused_is_told_after_the_run_and_in_its_report(home: Home) -> None:
    text = """
import urllib.request
for url in ("https://example.org/", "http://10.1.2.3/", "http://10.1.2.3/"):
    try:
        urllib.request.urlopen(url, timeout=20)
    except OSError as error:
        print(error)
"""
    path = home.script("ask.py", text, where="path")
    argv = argv_of(path, "--sandbox", "--allow-net=*:80")
    done = subprocess.run(argv, cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=SECONDS)
    assert done.stdout.splitlines() == [
        "<urlopen error Tunnel connection failed: 403 example.org:443: it was not granted>",
        *("HTTP Error 403: 10.1.2.3:80: its address is inner (private)",) * 2,
    ]
    assert done.stderr.splitlines() == [
        "refused: `example.org:443`: it was not granted; `--allow-net=example.org:443` allows it",
        "refused: `10.1.2.3:80`: its address is inner (private)",
    ]
    argv = argv_of(path, "--sandbox", "--allow-net=*:80", "--format", "json")
    done = subprocess.run(argv, cwd=home.project, env=home.environ, capture_output=True, text=True, timeout=SECONDS)
    refused = [each["host"] for each in json.loads(done.stdout)["events"] if each["type"] == "net_refused"]
    assert refused == ["example.org", "10.1.2.3", "10.1.2.3"]


def test_socks_is_spoken_at_the_same_port(home: Home, outside: Outside) -> None:
    text = """
import socket, struct, sys
from urllib.parse import urlsplit
import os
place = urlsplit(os.environ["ALL_PROXY"])
for port in (int(sys.argv[1]), 1):
    sock = socket.create_connection((place.hostname, place.port), timeout=20)
    sock.sendall(b"\\x05\\x01\\x00\\x05\\x01\\x00\\x03\\x09localhost" + struct.pack(">H", port))
    print(sock.recv(2).hex(), end=" ")
    print(sock.recv(10)[:2].hex())
    sock.close()
"""
    grant = f"--allow-net=localhost:{outside.port}"
    assert confined(home, text, "--sandbox", grant, arguments=(str(outside.port),)) == "0500 0500\n0500 0502\n"


def test_what_tells_of_proxies_is_pysts(home: Home) -> None:
    text = "import json, os\nprint(json.dumps({k: v for k, v in os.environ.items() if 'proxy' in k.lower()}))"
    theirs = {"HTTP_PROXY": "http://evil.test:1", "NO_PROXY": "*", "no_proxy": "*", "FTP_PROXY": "http://evil.test:1"}
    told = home._replace(environ={**home.environ, **theirs})
    found = json.loads(confined(told, text, "--sandbox", "--allow-net=localhost:80"))
    assert "evil" not in str(found)
    assert found["NO_PROXY"] == found["no_proxy"] == "127.0.0.1,::1"
    assert {found[name] for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY")} == {found["HTTP_PROXY"]}


def test_the_script_sees_none_of_the_proxys_descriptors(home: Home) -> None:
    text = "import os\nprint(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:5])"
    out = confined(home, text, "--sandbox", "--allow-net=localhost:80")
    assert out == "[0, 1, 2, 3]\n"  # 3 is the listing's own


def test_the_proxy_cannot_be_reached_from_outside(home: Home, outside: Outside) -> None:
    text = "import sys\nprint('up', flush=True)\nsys.stdin.read()"
    path = home.script("wait.py", text, where="path")
    argv = argv_of(path, "--sandbox", f"--allow-net=localhost:{outside.port}")
    with waiting(home, argv) as run:
        assert run.stdout
        assert run.stdin
        assert run.stdout.readline() == b"up\n"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", 61080), timeout=5)
        run.stdin.close()
        assert run.wait(SECONDS) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_proxy_ends_with_pyst(home: Home, number: int) -> None:
    path = home.script("wait.py", "print('up', flush=True)\nimport sys\nsys.stdin.read()", where="path")
    argv = argv_of(path, "--sandbox", "--allow-net=localhost:80")
    with waiting(home, argv) as run:
        assert run.stdout
        assert run.stdout.readline() == b"up\n"
        below = tree_below(run.pid)
        assert len(below) >= 4  # the proxy, the keeper, process 1, the script
        os.kill(run.pid, number)
        run.wait(SECONDS)
        wait_until(lambda: not any(is_alive(pid) for pid in below), "the end of the tree")


def waiting(home: Home, argv: list[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=home.project, env=home.environ, stdin=pipe, stdout=pipe)


def tree_below(pid: int) -> set[int]:
    found = set()
    for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found |= {int(each)} | tree_below(int(each))
    return found


@pytest.mark.parametrize("grant", ["localhost:80", "loopback"])
def test_basic_cannot_hold_a_script_to_some_of_the_network(home: Home, grant: str) -> None:
    told = confined(home, "print('ran')", "--sandbox=basic", f"--allow-net={grant}", code=101)
    assert "network" in told
    assert "ran" not in told


PORT_RULE = """
import os, socket, struct
from pyst.confinement.linux.calls import Memory, prctl, syscall
here, port = (lambda each: (each, each.getsockname()[1]))(socket.create_server(("127.0.0.1", 0)))
elsewhere = socket.create_server(("127.0.0.2", port))
handled = Memory(struct.pack("=QQ", 0, 2))  # struct landlock_ruleset_attr: no files, TCP connections
rules = syscall("landlock_create_ruleset", handled.address, 16, 0)
allowed = Memory(struct.pack("=QQ", 2, port))
syscall("landlock_add_rule", rules, 2, allowed.address, 0)
prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
syscall("landlock_restrict_self", rules, 0)
for address in (("127.0.0.1", port), ("127.0.0.2", port), ("127.0.0.1", 9)):
    try:
        socket.create_connection(address, timeout=20).close()
        print("reached")
    except OSError as error:
        print(type(error).__name__)
"""


@pytest.mark.skipif(landlock.abi() < 4, reason="this kernel has no rules for TCP")
def test_landlock_alone_could_not_hold_a_script_to_the_proxy() -> None:
    """Why the basic tier has no named hosts: the kernel's rules name ports, which anyone may listen on anywhere."""
    done = subprocess.run([sys.executable, "-c", PORT_RULE], capture_output=True, text=True, timeout=SECONDS)
    assert done.stdout.split() == ["reached", "reached", "PermissionError"], done.stderr
