"""The user's token for GitHub: where it is found, and that it is seen nowhere else.

Taken from the variables `GITHUB_PAT` and `GITHUB_TOKEN`, else asked of GitHub's own program (`gh auth token`), which
keeps it in the system's keyring. pyst itself keeps no token: it goes from here into the header of requests to the API,
and into no file, argument, message or variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from pyst.errors import Failure
from pyst.sharing.web_addresses import web_host
from pyst.system.process import Runner, find_program

VARIABLES = ("GITHUB_PAT", "GITHUB_TOKEN")
LEAST_CHARACTERS, MOST_CHARACTERS = 8, 1024
GH_SECONDS = 10.0
GH_BYTES = 64 << 10
HOW = "put one that may write gists into `GITHUB_TOKEN`, or sign in by `gh auth login --scopes gist`"


class Token:
    """A token, and what it was found by. Only `value` shows it."""

    __slots__ = ("origin", "value")

    def __init__(self, value: str, origin: str) -> None:
        self.value = value
        self.origin = origin

    def __repr__(self) -> str:
        return f"Token(****, {self.origin!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a token is not written down")


def find_token(environ: Mapping[str, str], runner: Runner, api_base: str) -> Token | None:
    """The user's token for the API at `api_base`; None where there is none.

    `gh` is asked where it is on PATH and may know the API's host, and not for long. Raises `Failure` (E_TOKEN) for a
    variable that holds what can't be a token.
    """
    for name in VARIABLES:
        value = environ.get(name, "").strip()
        if value:
            if not _is_token(value):
                why = "its length is none of a token, or it has characters that none has"
                message = f"what `{name}` holds can't be a token: {why}"
                raise Failure("E_TOKEN", message, hint=HOW)
            return Token(value, name)
    return _from_gh(environ, runner, api_base)


def require_token(token: Token | None, what: str) -> Token:
    """The token, for what can't be done without. Raises `Failure` (E_TOKEN)."""
    if token is None:
        raise Failure("E_TOKEN", f"{what} needs a token of GitHub, and there is none", hint=HOW)
    return token


def _is_token(value: str) -> bool:
    is_fit = LEAST_CHARACTERS <= len(value) <= MOST_CHARACTERS
    return is_fit and value.isascii() and value.isprintable() and " " not in value


def _from_gh(environ: Mapping[str, str], runner: Runner, api_base: str) -> Token | None:
    host = gh_host(api_base)
    if host is None or find_program("gh", environ) is None:
        return None
    asked = {**environ, "GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
    try:
        ended = runner.run(
            ["gh", "auth", "token", "--hostname", host],
            cwd=os.sep,
            environ=asked,
            timeout_seconds=GH_SECONDS,
            most_bytes=GH_BYTES,
        )
    except Failure:
        return None
    value = ended.stdout.decode("ascii", "replace").strip()
    if ended.exit_code or ended.timed_out or not value or not _is_token(value):
        return None
    return Token(value, "gh auth token")


def gh_host(api_base: str) -> str | None:
    """The host that `gh` knows the API by; None where it can't know it: GitHub is always encrypted, and has a name."""
    parts = urlsplit(api_base)
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.port not in (None, 443):
        return None
    if host.startswith("api.") or parts.path.rstrip("/").endswith("/api/v3"):
        return web_host(api_base)
    return None
