"""Sources: the word by which a person names a script elsewhere, understood. Pure.

    tools/hello.py                              a file
    https://example.org/hello.py                an address
    gh:owner/repository/path.py[@ref]           a file of a repository on GitHub, and the web addresses of one
    gist:ID[@revision][#file]                   a gist, and the web addresses of one
    git+https://host/repository[@ref]#path.py   a file of any git repository (also `git+ssh` and `git+file`)

What a source leads to is found out by `resolving`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pyst.sharing.source_value import (
    OWNER,
    Source,
    check_path,
    check_ref,
    gist_source,
    github_source,
    secret_in,
    wrong,
)
from pyst.sharing.web_addresses import find_page, web_host

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["GITHUB", "Source", "parse_source"]

GITHUB = "https://api.github.com"
MOST_CHARACTERS = 2048

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP = re.compile(r"[\w.-]+@[\w.-]+:(?!//)")


def parse_source(word: str, cwd: str, api_base: str = GITHUB) -> Source:
    """What `word` means. Paths are taken from `cwd`; `api_base` tells whose web addresses are those of GitHub.

    Raises `Failure` (`E_SOURCE`).
    """
    if not word or len(word) > MOST_CHARACTERS or not word.isprintable():
        why = "is empty" if not word else "is too long" if len(word) > MOST_CHARACTERS else "has unprintable characters"
        raise wrong(word, f"it {why}")
    if word.startswith("gh:"):
        return _github_word(word)
    if word.startswith("gist:"):
        return _gist_word(word)
    if word.startswith("git+"):
        return _git_word(word)
    if found := _SCHEME.match(word):
        return _address(word, found[1].lower(), api_base)
    if _SCP.match(word):
        host, _, path = word.partition(":")
        raise wrong(word, "it does not say what it is", hint=f"`git+ssh://{host}/{path}#PATH` names a file of it")
    return Source("file", word, os.path.normpath(os.path.join(cwd, word)))


def _github_word(word: str) -> Source:
    owner, _, rest = word.removeprefix("gh:").partition("/")
    repository, _, rest = rest.partition("/")
    path, ref = _split_ref(word, rest)
    return github_source(word, owner, repository, path, ref)


def _split_ref(word: str, text: str) -> tuple[str, str]:
    """What is before the last `@`, and the ref after it."""
    path, mark, ref = text.rpartition("@")
    if mark and not ref:
        raise wrong(word, "no ref follows the `@`")
    return (path, ref) if mark else (text, "")


def _gist_word(word: str) -> Source:
    rest, _, file = word.removeprefix("gist:").partition("#")
    owner, _, rest = rest.rpartition("/")
    gist, mark, revision = rest.partition("@")
    if owner and not OWNER.fullmatch(owner):
        raise wrong(word, f"`{owner}` is no owner on GitHub")
    if mark and not revision:
        raise wrong(word, "no revision follows the `@`")
    return gist_source(word, gist, revision, file)


def _git_word(word: str) -> Source:
    address, _, path = word.removeprefix("git+").partition("#")
    found = _SCHEME.match(address)
    scheme = found[1].lower() if found else ""
    if not found or scheme not in ("https", "ssh", "file"):
        why = f"git is not asked by `{scheme}`" if found else "no address follows `git+`"
        raise wrong(word, why, hint="`git+https://`, `git+ssh://` and `git+file://` are understood")
    rest = address[found.end() :]
    host, _, place = rest.partition("/")
    place, ref = _split_ref(word, place)
    check_path(word, path)
    check_ref(word, ref)
    if scheme == "file":
        if host not in ("", "localhost"):
            raise wrong(word, "a file has no host", hint="`git+file:///folder/repository#path.py` has three slashes")
        return Source("git", word, f"file:///{place}", path=path, ref=ref)
    if not place.strip("/") or "?" in place:
        raise wrong(word, "it does not name a repository")
    host = _check_git_host(word, host, scheme)
    return Source("git", word, f"{scheme}://{host}/{place}", path=path, ref=ref)


def _check_git_host(word: str, place: str, scheme: str) -> str:
    """The host, in front of it the user of ssh, after it the port. Raises `Failure`."""
    user, mark, rest = place.rpartition("@")
    if mark and (scheme != "ssh" or ":" in user):
        raise secret_in(word)
    if mark and not OWNER.fullmatch(user.replace(".", "")):
        raise wrong(word, f"`{user}` is no user")
    return user + mark + _host_and_port(word, rest)


def _host_and_port(word: str, text: str) -> str:
    """`host[:port]` in lower-case ASCII. Raises `Failure`."""
    host, port = text, ""
    if not text.endswith("]") and ":" in text.rpartition("]")[2]:
        host, _, port = text.rpartition(":")
    try:
        plain = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    plain = plain.lower().removesuffix(".")
    is_name = re.fullmatch(r"(?!-)[a-z0-9_.-]{1,253}", plain) and ".." not in plain and plain[:1] != "."
    if not (is_name or re.fullmatch(r"\[[0-9a-f:.]{2,45}\]", plain)):
        raise wrong(word, f"`{host}` is no host")
    if port and not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536):
        raise wrong(word, f"`{port}` is no port")
    return f"{plain}:{int(port)}" if port else plain


def _address(word: str, scheme: str, api_base: str) -> Source:
    from urllib.parse import urlsplit

    if scheme == "http":
        raise wrong(word, "it is not encrypted, so anybody on the way could change it", hint="ask by `https://`")
    if scheme != "https":
        raise wrong(word, f"nothing is fetched by `{scheme}`")
    try:
        parts = urlsplit(word)
    except ValueError as error:
        raise wrong(word, str(error)) from error
    if "@" in parts.netloc:
        raise secret_in(word)
    place = _host_and_port(word, parts.netloc)
    parts = parts._replace(netloc=place.removesuffix(":443"))
    return find_page(word, parts, web_host(api_base)) or _plain(word, parts)


def _plain(word: str, parts: SplitResult) -> Source:
    from urllib.parse import parse_qsl, quote, urlunsplit

    from pyst.system.secrets import is_secret

    for name, _ in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None):
        if is_secret(name) or name.lower() in ("sig", "x-amz-signature", "signature"):
            raise secret_in(f"https://{parts.netloc}{parts.path}?{name}=…")
    kept = "%/:=&?~#+!$,;'@()*[]"
    asked = parts._replace(scheme="https", path=quote(parts.path or "/", kept), query=quote(parts.query, kept))
    return Source("https", word.partition("#")[0], urlunsplit(asked._replace(fragment="")))
