"""Prism as a proxy: it lets through what the description allows, and says of everything else what is wrong with it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

MOST_SECONDS = 60.0
MARK = "looked-"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class Proxy(NamedTuple):
    """A running proxy. `upstream` is not known to whoever asks it."""

    url: str
    log: Path

    @property
    def said(self) -> list[str]:
        """All that it has to say of what it was asked until now. It may speak after it has answered, but in turn."""
        mark = f"/{MARK}{os.urandom(8).hex()}"
        self._ask(mark, {})
        end = time.monotonic() + MOST_SECONDS
        while not re.search(f"{mark} .*error", text := _COLOUR.sub("", self.log.read_text())):
            assert time.monotonic() < end, text
            time.sleep(0.01)
        return [each for each in text.splitlines() if f"/{MARK}" not in each]

    def _ask(self, path: str, headers: Mapping[str, str]) -> str:
        try:
            with urlopen(Request(self.url + path, headers=dict(headers)), timeout=20) as answer:
                return str(answer.status)
        except HTTPError as error:
            with error:
                return error.read().decode()

    @property
    def forwarded(self) -> list[str]:
        """Method and path of each request that was let through."""
        return [
            f"{found[1].upper()} {found[2]}"
            for each in self.said
            if (found := re.search(r'Forwarding "(\w+)" request to http://[^/]+(/\S*?)\.\.\.$', each))
        ]

    @property
    def complaints(self) -> list[str]:
        """What did not pass: method, path, and whether the request or the answer is wrong."""
        return [each.partition("›")[2].strip() for each in self.said if re.search(r"✖ +error|⚠ +warning", each)]

    def explain(self, complaint: str, token: str) -> str:
        """What exactly is wrong, as far as it can be asked for again."""
        found = re.search(r"get (/\S+)", complaint)
        if not found:
            return complaint
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "tests", "Accept": "application/vnd.github+json"}
        return f"{complaint}: {self._ask(found[1], headers)}"


@contextmanager
def prism(node: Path, folder: Path, description: Path, upstream: str, log: Path) -> Iterator[Proxy]:
    """A proxy in front of `upstream` while the block lasts; `folder` is where prism is installed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = folder / "node_modules/@stoplight/prism-cli/dist/index.js"
    words = [node, program, "proxy", "--host", "127.0.0.1", "--port", str(port), "--errors", description, upstream]
    with log.open("wb") as out:
        started = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder)
    try:
        _wait(started, log)
        yield Proxy(f"http://127.0.0.1:{port}", log)
    finally:
        started.terminate()
        started.wait(20)


def _wait(started: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + MOST_SECONDS
    while "Prism is listening" not in log.read_text(errors="replace"):
        assert started.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
