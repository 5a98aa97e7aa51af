"""Proxies of the environment: which one is asked, for which hosts none is, and how one is asked to connect (RFC 9110).

A proxy only ever carries TLS, so it sees whom one speaks to, and nothing of what is said.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pyst.system.fetch_failure import FetchFailure

USUAL_PORT = 3128
MOST_HEAD_BYTES = 32 << 10


class Proxy(NamedTuple):
    """An HTTP proxy. `authorization` is the value of the header, or empty."""

    host: str
    port: int
    authorization: str = ""


def parse_proxy(address: str, name: str) -> Proxy:
    """The proxy that the variable `name` gives. Raises `FetchFailure`."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme != "http" or not host:
        kind = f"by `{parts.scheme}`" if parts.scheme and host else "that is no address"
        raise FetchFailure(
            "E_FETCH_PROXY",
            f"`{name}` names a proxy {kind}",
            hint="`http://host:port` is understood; `NO_PROXY` names hosts that are reached without",
        )
    authorization = ""
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + b64encode(secret.encode()).decode("ascii")
    return Proxy(host, port or USUAL_PORT, authorization)


def is_exempt(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Whether `NO_PROXY` names the host: `*`, names and what is below them, addresses and their networks."""
    for entry in (environ.get("no_proxy") or environ.get("NO_PROXY") or "").replace(" ", ",").split(","):
        entry = entry.strip().lower()
        if entry and (entry == "*" or _covers(entry, host, port)):
            return True
    return False


def _covers(entry: str, host: str, port: int) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        name, mark, number = entry.partition(":")
        if mark and number != str(port):
            return False
        name = name.removeprefix("*").removeprefix(".")
        return host == name or (bool(name) and host.endswith("." + name))
    try:
        return address in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False


def open_tunnel(
    send: Callable[[bytes], None],
    receive_into: Callable[[memoryview], int],
    proxy: Proxy,
    host: str,
    port: int,
) -> None:
    """Have the proxy connect to the host; afterwards the connection is one to the host. Raises `FetchFailure`."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    where = f"the proxy {proxy.host}:{proxy.port}"
    head = bytearray()
    one = memoryview(bytearray(1))
    try:
        send(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        while not head.endswith((b"\r\n\r\n", b"\n\n")):
            # Byte by byte: what follows the head is the host's, and is for TLS to read.
            if len(head) > MOST_HEAD_BYTES or not receive_into(one):
                raise FetchFailure("E_FETCH_PROXY", f"{where} gives no answer that could be understood")
            head += one
    except OSError as error:
        raise FetchFailure("E_FETCH_PROXY", f"{where} hung up", is_temporary=True, is_undone=True) from error
    words = head.split(b"\n", 1)[0].split()
    status = words[1].decode("ascii", "replace") if len(words) > 1 and words[0].startswith(b"HTTP/1.") else ""
    if status[:1] == "2" and len(status) == 3:
        return
    hint = f"the variable that names it can have `USER:PASSWORD@` before `{proxy.host}`" if status == "407" else ""
    raise FetchFailure(
        "E_FETCH_PROXY",
        f"{where} does not connect to `{target}`: "
        + (f"it says {status}" if status.isdecimal() else "it speaks no HTTP"),
        hint=hint,
        is_temporary=status in ("502", "503", "504"),
        is_undone=True,
    )
