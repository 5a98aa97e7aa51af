"""A live line on a terminal: what long work is at, drawn over and over in one place and erased when it is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from pyst.system.terminal import ERASED_LINE, clean, shortened

if TYPE_CHECKING:
    from threading import Event, Thread

AFTER_SECONDS = 0.5
"""How long work may take before it is shown: a line that only flickers says nothing."""
EVERY_SECONDS = 0.1
WHEEL = "|/-\\"


class LiveLine:
    """One piece of work on the terminal `stream`: a wheel that turns, `doing`, the seconds, and the last `hear`d line.

    Nothing is drawn in the first half second. `end` must be called; it erases what was drawn.
    """

    def __init__(self, stream: TextIO, doing: str, mask: Callable[[str], str] = str) -> None:
        import threading

        self._stream = stream
        self._doing = doing
        self._mask = mask
        self._heard = ""
        self._drawn = False
        self._ended: Event = threading.Event()
        self._thread: Thread = threading.Thread(target=self._turn, daemon=True)
        self._thread.start()

    def hear(self, line: str) -> None:
        """The work has said what it is at. Text of others: it is masked and cleaned before it is shown."""
        if line.strip():
            self._heard = line.strip()

    def end(self) -> None:
        """The work is done or has failed: leave the terminal as it was."""
        self._ended.set()
        self._thread.join()
        if self._drawn:
            self._write(ERASED_LINE)

    def _turn(self) -> None:
        from time import monotonic

        began = monotonic()
        wait, turns = AFTER_SECONDS, 0
        while not self._ended.wait(wait):
            text = line_of(
                WHEEL[turns % len(WHEEL)], self._doing, monotonic() - began, self._mask(self._heard), self._columns()
            )
            if not self._write(ERASED_LINE + text):
                return
            self._drawn = True
            wait, turns = EVERY_SECONDS, turns + 1

    def _columns(self) -> int:
        """The width of the terminal as it is now: it may be made wider or narrower meanwhile."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _write(self, text: str) -> bool:
        """Whether it could be written: a terminal that went away must not keep the work from its end."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            return False
        return True


def line_of(wheel: str, doing: str, seconds: float, heard: str, columns: int) -> str:
    """The text of the line, cleaned, and short enough to leave a terminal's last column free (it would wrap). Pure."""
    text = f"{wheel} {doing} ({int(seconds)} s)" + (f": {heard}" if heard else "")
    return shortened(clean(text), max(columns - 1, 1))
