"""Web addresses of GitHub: which file of which repository or gist a page shows. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyst.sharing.source_value import GIST, Source, gist_source, github_source, wrong

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_WHOLE_REVISION = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_RAW_HOSTS = ("raw.githubusercontent.com", "gist.githubusercontent.com")


def web_host(api_base: str) -> str:
    """The host of the web pages of the GitHub that has its API at `api_base`."""
    from urllib.parse import urlsplit

    parts = urlsplit(api_base)
    host = (parts.hostname or "").lower()
    if host.startswith("api.") and host != "api.github.com":
        return host.removeprefix("api.")
    return host if parts.path.rstrip("/").endswith("/api/v3") else "github.com"


def find_page(word: str, parts: SplitResult, host: str) -> Source | None:
    """The source that a web address of GitHub means; None for any other address."""
    from urllib.parse import unquote

    pieces = [unquote(each) for each in parts.path.strip("/").split("/")]
    where = parts.netloc.removeprefix("www.")
    if where not in (host, f"gist.{host}") and (host != "github.com" or where not in _RAW_HOSTS):
        if where in ("github.com", "gist.github.com") and len(pieces) > 2 and pieces[2] == "blob":
            hint = (
                f"`git+https://github.com/{pieces[0]}/{pieces[1]}@{pieces[3]}#{'/'.join(pieces[4:])}` does without it"
            )
            raise wrong(word, "`share.api_base` names another GitHub than this address", hint=hint)
        return None
    if any("/" in each for each in pieces):
        raise wrong(word, "a slash is encoded in it")
    if (
        where == f"gist.{host}"
        or where == "gist.githubusercontent.com"
        or (pieces[0] == "gist" and host != "github.com")
    ):
        return _gist_page(word, pieces[1:] if pieces[0] == "gist" else pieces, unquote(parts.fragment))
    if where == "raw.githubusercontent.com":
        return _github_page(word, [*pieces[:2], "raw", *pieces[2:]])
    if pieces[0] == "raw" and host != "github.com":
        return _github_page(word, [*pieces[1:3], "raw", *pieces[3:]])
    return _github_page(word, pieces)


def _github_page(word: str, pieces: list[str]) -> Source | None:
    """`owner/repository/blob/REF/PATH` and its like; None for what is no page of a file (a release's download)."""
    kind = pieces[2] if len(pieces) > 2 else ""
    if kind in ("releases", "archive", "suites", "actions"):
        return None
    if kind not in ("blob", "raw", "blame", "edit"):
        raise wrong(word, "it is no page of a file", hint="`gh:owner/repository/path.py` names one")
    rest = pieces[3:]
    if rest[:1] == ["refs"] and rest[1:2] in (["heads"], ["tags"]):
        rest = rest[2:]
    if len(rest) < 2:
        raise wrong(word, "it does not name a file of the repository")
    return github_source(word, pieces[0], pieces[1], "/".join(rest[1:]), rest[0], is_guessed=True)


def _gist_page(word: str, pieces: list[str], fragment: str) -> Source:
    """`[owner/]ID[/raw][/REVISION][/FILE]`, and the fragment that a page gives its files."""
    is_id_first = len(pieces) < 2 or pieces[1] == "raw" or _WHOLE_REVISION.fullmatch(pieces[1])
    pieces = pieces if is_id_first and GIST.fullmatch(pieces[0]) else pieces[1:] or [""]
    gist, rest = pieces[0], [each for each in pieces[1:] if each != "raw"]
    revision = rest.pop(0) if rest and _WHOLE_REVISION.fullmatch(rest[0]) else ""
    if len(rest) > 1:
        raise wrong(word, "it is no page of a gist")
    return gist_source(word, gist, revision, rest[0] if rest else fragment)
