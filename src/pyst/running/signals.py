"""The signals that reach pyst during a supervised run: taken down in a pipe, and read when it is their turn."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
    from typing import Any
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import

FORWARDED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
    signal.SIGCONT,
    signal.SIGTSTP,
)
DEADLY = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT))


class Signals:
    """The signals of this process, from `listen` to `close`."""

    def __init__(self) -> None:
        self.wake, self._ring = os.pipe()
        self._handlers: dict[int, Any] = {}
        self._wakeup_before: int | None = None
        for fd in (self.wake, self._ring):
            os.set_blocking(fd, False)

    def listen(self) -> None:
        """Take what is to be passed on; signals that pyst's caller ignores stay ignored, by all."""
        try:
            self._wakeup_before = signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)
        except ValueError:
            return  # not the main thread, where signals don't come
        for number in FORWARDED:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, lambda *_: None)

    @property
    def are_heard(self) -> bool:
        """Whether signals come here at all."""
        return bool(self._handlers)

    def heard(self) -> list[int]:
        """The signals that came since the last time."""
        try:
            return [number for number in os.read(self.wake, 4096) if number in FORWARDED]
        except BlockingIOError:
            return []

    def forget_continue(self) -> bool:
        """Let go of a SIGCONT that waits to be heard, and of nothing else; whether there was one."""
        heard = self.heard()
        rest = bytes(number for number in heard if number != signal.SIGCONT)
        if rest:
            os.write(self._ring, rest)
        return len(rest) < len(heard)

    def close(self) -> None:
        """Handle signals as before; once."""
        if self._ring < 0:
            return
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._wakeup_before is not None:
            signal.set_wakeup_fd(self._wakeup_before)
        os.close(self.wake)
        os.close(self._ring)
        self.wake = self._ring = -1


class Held:
    """While it lasts, deadly signals are noted (`noted`) instead of ending pyst: a record is to be written whole.

    Those that the caller ignores stay ignored. Elsewhere than in the main thread nothing is held.
    """

    def __init__(self) -> None:
        self.noted: list[int] = []
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Held:
        try:
            for number in DEADLY:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._note)
        except ValueError:
            pass  # not the main thread
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: object) -> None:
        self.noted.append(number)

    def take(self) -> list[int]:
        """What was noted so far, which is then no longer."""
        taken, self.noted = self.noted, []
        return taken
