"""The socket of the server, and what it says where it can't be had."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from mcp.server.lowlevel.server import Server

from pyst.agents.http import listen, serve_http, url_of
from pyst.errors import Failure


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/mcp"),
        ("::1", "http://[::1]:8000/mcp"),
        ("0.0.0.0", "http://127.0.0.1:8000/mcp"),
        ("::", "http://[::1]:8000/mcp"),
        ("10.0.0.5", "http://10.0.0.5:8000/mcp"),
    ],
)
def test_the_url_is_one_that_clients_here_can_use(address: str, url: str) -> None:
    assert url_of(address, 8000) == url


def test_a_port_in_use_is_told_and_a_free_one_is_found() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert port
        with pytest.raises(Failure, match=f"port {port} of `127.0.0.1` can't be had") as caught:
            listen("127.0.0.1", port)
        assert caught.value.code == "E_BIND"
        assert "--port 0" in caught.value.hint
    with listen("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Failure) as caught:
        listen("192.0.2.1", 0)
    assert caught.value.code == "E_BIND"


@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_a_token_that_cannot_be_kept_is_told_and_nothing_listens(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "mcp"
    if kind == "file":
        folder.write_text("")
    else:
        folder.symlink_to(tmp_path / "nowhere" / "else")
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    with pytest.raises(Failure) as caught:
        serve_http(
            Server("x"), folder=str(folder), root="/", token="t" * 43, port=port, ready=pytest.fail, trouble=pytest.fail
        )
    assert caught.value.code == "E_WRITE"
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
