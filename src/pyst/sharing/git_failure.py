"""What went wrong where git fails: told by its own words, since its exit code doesn't tell. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure, shown_address
from pyst.system.process import Finished
from pyst.system.secrets import mask

MOST_WORDS = 300
_QUOTED = re.compile(r"'[^'\n]*'|\b\w+://\S+")


class _Cause(NamedTuple):
    """A cause, and what git and its helpers say of it."""

    words: tuple[str, ...]
    code: str
    message: str
    hint: str = ""
    is_temporary: bool = False


_DENIALS = (
    "could not read username",
    "could not read password",
    "authentication failed",
    "permission denied",
    "terminal prompts disabled",
    "returned error: 401",
    "returned error: 403",
)
_ENDS = (
    "early eof",
    "non-properly terminated",
    "unexpected eof",
    "empty reply",
    "unexpected disconnect",
    "transfer closed",
    "broken pipe",
    "invalid index-pack output",
    "protocol error",
)
_SILENCES = (
    "failed to connect",
    "couldn't connect",
    "could not connect",
    "connection refused",
    "connection reset",
    "network is unreachable",
    "no route to host",
    "operation too slow",
    "timed out",
)
_CAUSES = (
    _Cause(
        ("file too large", "file size limit", "attempting to allocate", "exceeds maximum allowed size"),
        "E_FETCH_TOO_LARGE",
        "has more than is fetched",
    ),
    _Cause(
        ("couldn't find remote ref", "not our ref", "no such remote ref", "unadvertised object"),
        "E_FETCH_MISSING",
        "has no such branch, tag or commit",
    ),
    _Cause(
        ("host key verification failed", "no matching host key"),
        "E_FETCH_DENIED",
        "has a key that this machine doesn't know",
        "connect to it once by `ssh`, and look at the key",
    ),
    _Cause(
        ("dubious ownership",),
        "E_FETCH_DENIED",
        "belongs to somebody else",
        "git's setting `safe.directory` can name it",
    ),
    _Cause(
        _DENIALS,
        "E_FETCH_DENIED",
        "does not let git in",
        "git asks nobody for a password here: let its credential helper, or ssh's agent, have it",
    ),
    _Cause(
        ("returned error: 30", "redirect"),
        "E_FETCH_REDIRECT",
        "leads elsewhere, where git does not follow",
        "was it renamed? name the new address",
    ),
    _Cause(("returned error: 429",), "E_FETCH_LIMIT", "was asked too often", "try again later"),
    _Cause(("returned error: 5",), "E_FETCH_SERVER", "fails", "that is the server's own trouble", True),
    _Cause(
        ("error: object ", "bad object", "invalid object", "is corrupt", "inflate", "bad pack", "signature mismatch"),
        "E_FETCH_BROKEN",
        "gives objects that are damaged or forged",
    ),
    _Cause(
        _ENDS,
        "E_FETCH_BROKEN",
        "broke off",
        is_temporary=True,
    ),
    _Cause(
        ("certificate", "ssl", "tls"),
        "E_FETCH_TLS",
        "does not prove who it is",
        "git's setting `http.sslCAInfo` names the certificates of a company that signs its own",
    ),
    _Cause(
        ("could not resolve", "couldn't resolve", "name or service not known"),
        "E_FETCH_UNREACHABLE",
        "is not known",
        "is the name right, and is there a network?",
    ),
    _Cause(
        _SILENCES,
        "E_FETCH_UNREACHABLE",
        "can't be reached",
        "is there a network? a proxy is named by `HTTPS_PROXY`",
        is_temporary=True,
    ),
    _Cause(
        ("not found", "does not appear to be a git repository", "does not exist", "no such file", "not a git repo"),
        "E_FETCH_MISSING",
        "is no repository, or not for everybody",
        "is the address right?",
    ),
    _Cause(("hung up",), "E_FETCH_BROKEN", "broke off", is_temporary=True),
    _Cause(("transport", "protocol"), "E_FETCH_GIT", "wants a protocol that is not allowed"),
)
"""In this order: the first whose words occur counts. «The remote end hung up» comes with many of them."""


def failure_of_git(ended: Finished, source: Source) -> FetchFailure:
    """The failure of a call of git that reached for the source."""
    said = ended.stderr.decode("utf-8", "replace")
    plain = _QUOTED.sub("''", said.lower())  # a repository may be called `redirect-tls`
    where = shown_address(source.address)
    cause = next((each for each in _CAUSES if any(words in plain for words in each.words)), None)
    line = _telling(said)
    if cause is None:
        return FetchFailure("E_FETCH_GIT", f"git can't fetch `{where}`: {line or f'exit code {ended.exit_code}'}")
    ref = f"`{source.ref}`: " if cause.code == "E_FETCH_MISSING" and "commit" in cause.message and source.ref else ""
    message = f"{ref}`{where}` {cause.message}" + (f" (git: {line})" if line else "")
    return FetchFailure(cause.code, message, hint=cause.hint, is_temporary=cause.is_temporary)


def _telling(said: str) -> str:
    """The first line of git's that tells an error, without what could steer a terminal, or is secret."""
    lines = [each.strip() for each in said.replace("\r", "\n").splitlines() if each.strip()]
    telling = [each for each in lines if each.startswith(("fatal:", "error:", "remote:", "ERROR:", "ssh:"))] or lines
    text = "".join(each if each.isprintable() else " " for each in (telling[0] if telling else ""))
    return mask(text[:MOST_WORDS])
