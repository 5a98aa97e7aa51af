"""Asking for a yes before something is changed, or sent away: `--yes`, a person at a terminal, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.app import App


def consent(app: App, question: str, what: str, lines: Iterable[str] = ()) -> bool:
    """Whether the person agrees; `--yes` does. `what` is what would be done without it, for the message.

    `lines` say what would be done: whoever is asked sees them, even with `-q`. Raises `Failure` (E_CONFIRM, 64) where
    nobody is there to be asked.
    """
    if app.options.yes or not app.can_ask:
        for line in lines:
            app.talk(line)
    if not app.options.yes and not app.can_ask:
        require_person(what)
    return app.ask(question, lines)


def require_person(what: str) -> NoReturn:
    """Raise `Failure` (E_CONFIRM, 64): nobody is there to be asked about `what`."""
    message = f"{what} needs a yes, and there is no terminal to ask at"
    raise Failure("E_CONFIRM", message, hint="`--yes` says it", exit=ExitCode.USAGE)
