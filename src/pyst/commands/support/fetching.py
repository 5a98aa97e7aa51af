"""What commands fetch with: the fetcher that the settings ask for, with the user's token where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyst.sharing.tokens import Token, find_token, require_token
from pyst.system.http import Fetcher, check_api_base

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.fetched import Fetched


def fetcher_of(app: App, *, with_token: bool = True, token_for: str = "") -> Fetcher:
    """The fetcher for this invocation. `token_for` says what can't be done without a token.

    Raises `Failure`: E_CONFIG for a wrong `share.api_base`, E_TOKEN for a wrong token, or where one is missing.
    """
    settings = app.workspace.settings
    api_base = check_api_base(settings.share.api_base)
    token = token_of(app, api_base) if with_token or token_for else None
    if token_for:
        token = require_token(token, token_for)
    return Fetcher(
        app.environ,
        api_base,
        token=token.value if token else "",
        offline=settings.core.offline,
        tell=app.talk,
    )


def fetch_script(
    app: App, word: str, folder: str, *, sha256: str | None = None, fetchers: dict[bool, Fetcher] | None = None
) -> Fetched:
    """The script that the source `word` leads to; a path starts at `folder`.

    With `sha256`, nothing else is taken. The `fetchers` of earlier calls are used again: the token is asked for once.
    Raises `Failure`: E_SOURCE, E_CONFIG, E_TOKEN, and what `resolve_source` raises.
    """
    from pyst.sharing.resolving import resolve_source
    from pyst.sharing.source import parse_source

    source = parse_source(word, folder, app.workspace.settings.share.api_base)
    with_token = source.kind in ("github", "gist")
    known = {} if fetchers is None else fetchers
    if with_token not in known:
        known[with_token] = fetcher_of(app, with_token=with_token)
    return resolve_source(source, known[with_token], app.runner, sha256=sha256)


def token_of(app: App, api_base: str) -> Token | None:
    """The user's token for the API, which is masked from here on wherever pyst says anything."""
    token = find_token(app.environ, app.runner, api_base)
    if token is not None:
        app.hide(token.value)
    return token
