"""What is said of a source on GitHub that is not there: which part of it, as far as that can be known, and the way on.

GitHub tells what is private from what is missing to nobody who may not see it; so neither does what is said here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyst.errors import near_misses
from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure

MOST_NAMED = 8
TOKEN = "`GITHUB_TOKEN`, `GITHUB_PAT` or `gh auth login` gives one"


def no_repository(source: Source, *, has_token: bool) -> FetchFailure:
    """The failure of a repository that is not there, or only for others."""
    ref = f"; is there a `{source.ref}`" if source.ref else ""
    seen = "your token does not see it" if has_token else f"a private one is found with a token: {TOKEN}"
    why = f"there is no repository `{source.owner}/{source.repository}`, or it is private"
    return _missing(source.text, why, f"are owner and name right{ref}? {seen}")


def no_commits(source: Source) -> FetchFailure:
    """The failure of a repository that is there, and empty."""
    message = f"`{source.text}` leads nowhere: the repository `{source.owner}/{source.repository}` is empty"
    return FetchFailure("E_FETCH_CONFLICT", message, hint="nothing was pushed to it yet", status=409)


def no_ref(source: Source, *, tried: int = 1) -> FetchFailure:
    """The failure of a ref that the repository has not; `tried` counts the ways to tell it from the path."""
    where = f"`{source.owner}/{source.repository}`"
    more = ", nor one that has parts of the path after it" if tried > 1 else ""
    hint = "without a ref, its default branch is taken" if source.ref else ""
    return _missing(source.text, f"{where} has no branch, tag or commit `{source.ref or 'HEAD'}`{more}", hint)


def no_file(source: Source, beside: Iterable[str] = ()) -> FetchFailure:
    """The failure of a path that the commit `source.ref` has not; `beside` are the files of its folder."""
    at = f"at the commit `{source.ref[:12]}`"
    known = [each for each in beside if each.isprintable()]
    close = near_misses(source.path, known) or [each for each in known if each.endswith(".py")][:MOST_NAMED]
    hint = "there is " + ", ".join(f"`{each}`" for each in close) if close else "is the path right?"
    why = f"`{source.owner}/{source.repository}` has no file `{source.path}` {at}"
    return _missing(source.text, why, hint)


def no_gist(gist: str, word: str, *, has_token: bool) -> FetchFailure:
    """The failure of a gist that is not there, or only for others; `word` is what names it."""
    seen = "your token does not see it" if has_token else f"it may need a token: {TOKEN}"
    return _missing(word, f"there is no gist `{gist}`", f"is the number right, or was it deleted? {seen}")


def no_revision(gist: str, revision: str, word: str) -> FetchFailure:
    """The failure of a gist that is there, and has no such revision."""
    hint = f"`gist:{gist}` means its newest"
    return _missing(word, f"the gist `{gist}` has no revision `{revision[:12]}`", hint)


def _missing(word: str, why: str, hint: str) -> FetchFailure:
    return FetchFailure("E_FETCH_MISSING", f"`{word}` leads nowhere: {why}", hint=hint, status=404)
