"""Violations that `pyst doctor` really tries: run inside of walls, each of these has to fail.

Takes one JSON object with the places and numbers to try; prints one JSON object: attempt → an empty text where it was
done, else why not. Changes nothing but the canaries that it is given. Stdlib only, Python 3.8 and later.
"""

import json
import os
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CLONE_NEWUSER = 0x10000000
PTRACE_TRACEME = 0
NETLINK_ROUTE = 0
SECONDS = 2.0


def read_file(given: "dict[str, Any]") -> None:
    with open(given["file"]) as file:
        assert file.read() == given["secret"]


def list_folder(given: "dict[str, Any]") -> None:
    assert os.listdir(given["folder"])


def write_file(given: "dict[str, Any]") -> None:
    with open(os.path.join(given["folder"], "written"), "w") as file:
        file.write("x")


def replace_file(given: "dict[str, Any]") -> None:
    os.rename(given["victim"], given["victim"] + ".moved")
    os.rename(given["victim"] + ".moved", given["victim"])


def see_file(given: "dict[str, Any]") -> None:
    assert os.stat(given["file"]).st_size == len(given["secret"])


def change_mode(given: "dict[str, Any]") -> None:
    os.chmod(given["victim"], 0o640)


def see_variable(given: "dict[str, Any]") -> None:
    assert os.environ[given["variable"]] == given["secret"]


def see_variables_of_others(given: "dict[str, Any]") -> None:
    with open("/proc/%d/environ" % given["process"], "rb") as file:
        assert file.read()


def signal_others(given: "dict[str, Any]") -> None:
    os.kill(given["process"], 0)


def connect_tcp(given: "dict[str, Any]") -> None:
    socket.create_connection(("127.0.0.1", given["port"]), timeout=SECONDS).close()


def send_udp(given: "dict[str, Any]") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.sendto(b"x", ("127.0.0.1", given["port"]))


def connect_unix(given: "dict[str, Any]") -> None:
    with socket.socket(socket.AF_UNIX) as found:
        found.settimeout(SECONDS)
        found.connect(given["socket"])


def connect_abstract(given: "dict[str, Any]") -> None:
    with socket.socket(socket.AF_UNIX) as found:
        found.settimeout(SECONDS)
        found.connect("\0" + given["abstract"])


def open_netlink(given: "dict[str, Any]") -> None:
    socket.socket(getattr(socket, "AF_NETLINK", -1), socket.SOCK_RAW, NETLINK_ROUTE).close()


def start_program(given: "dict[str, Any]") -> None:
    _start("/bin/sh", "-c", "exit 0")


def start_own_program(given: "dict[str, Any]") -> None:
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), "pyst-doctor-%d" % os.getpid())
    with open(path, "w") as file:
        file.write("#!%s\n" % sys.executable)
    try:
        os.chmod(path, 0o700)
        _start(path)
    finally:
        os.unlink(path)


def make_namespaces(given: "dict[str, Any]") -> None:
    _in_a_child(lambda libc: libc.unshare(CLONE_NEWUSER))


def trace(given: "dict[str, Any]") -> None:
    _in_a_child(lambda libc: libc.ptrace(PTRACE_TRACEME, 0, None, None))


def mount(given: "dict[str, Any]") -> None:
    _in_a_child(
        lambda libc: (
            libc.mount(b"none", given["folder"].encode(), b"tmpfs", 0, None) or libc.umount(given["folder"].encode())
        )
    )


def _in_a_child(call: "Callable[[Any], int]") -> None:
    """Make a system call in a child, so that what it does ends with the child. Raises `OSError`."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if not child:
        os._exit(0 if call(libc) == 0 else (ctypes.get_errno() & 0xFF) or 1)
    code = os.waitpid(child, 0)[1]
    if code:
        number = os.WEXITSTATUS(code) if os.WIFEXITED(code) else 1
        raise OSError(number, os.strerror(number))


def _start(*argv: str) -> None:
    import subprocess

    subprocess.run(argv, check=True, timeout=30, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


ATTEMPTS = (
    read_file, list_folder, write_file, replace_file, see_file, change_mode, see_variable, see_variables_of_others,
    signal_others, connect_tcp, send_udp, connect_unix, connect_abstract, open_netlink, start_program,
    start_own_program, make_namespaces, trace, mount,
)  # fmt: skip


def main(given: "dict[str, Any]") -> None:
    """Try all, and print how each went."""
    told = {}
    for attempt in ATTEMPTS:
        try:
            attempt(given)
            told[attempt.__name__] = ""
        except BaseException as error:  # noqa: BLE001  whatever it is, the attempt did not come through
            told[attempt.__name__] = str(error) or type(error).__name__
    print(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
