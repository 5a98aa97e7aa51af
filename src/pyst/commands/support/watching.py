"""A model at work, as the person at the terminal sees it: a live line with what it is at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.system.live import LiveLine


class Watch:
    """Shows that the model is at work, on a live line where there is one."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._line: LiveLine | None = None

    def over(self, model: Any) -> Any:
        """The same model, watched while it is asked."""
        watch = self

        class Watched:
            def ask(self, *words: Any, **more: Any) -> Any:
                watch.begin(f"asking {model.word}")
                try:
                    return model.ask(*words, **more)
                finally:
                    watch.end()

        return Watched()

    def begin(self, doing: str) -> None:
        """The work begins."""
        if self._app.shows_live_lines:
            self._line = self._app.live_line(doing)

    def end(self) -> None:
        """The work is done, or has failed."""
        if self._line is not None:
            self._line.end()
        self._line = None

    def hear(self, characters: int) -> None:
        """So much of an answer has come."""
        if self._line is not None:
            self._line.hear(f"{characters:,} characters")

    def say(self, text: str) -> None:
        """Something is to be told meanwhile; without a live line it is a line of its own."""
        if self._line is not None:
            self._line.hear(text)
        else:
            self._app.talk(text)
