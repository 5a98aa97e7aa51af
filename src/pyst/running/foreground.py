"""The terminal during a supervised run: who has its foreground, and who stops when it says so.

The script has a process group of its own. When all three of its streams are the terminal, the group is given the
foreground at its start; else pyst keeps it, so that the other parts of a pipeline can read keys and a loop of the
shell hears Ctrl-C, and hands it over when the script is stopped for wanting it (SIGTTIN, SIGTTOU).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import


class Foreground:
    """The controlling terminal, if pyst has one."""

    def __init__(self) -> None:
        try:
            self._fd: int | None = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError:
            self._fd = None
        self.is_handed = False

    def close(self) -> None:
        """Let go of the terminal."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    @property
    def exists(self) -> bool:
        """Whether there is a terminal, and so a shell that may stop and continue jobs."""
        return self._fd is not None

    def for_start(self, streams: tuple[int, int, int]) -> int | None:
        """The terminal to hand to the script at its start, or None where pyst keeps it for now."""
        if self._fd is None or not self._is_ours() or not all(_is_terminal(fd) for fd in streams):
            return None
        self.is_handed = True
        return self._fd

    def hand_over(self, group: int) -> bool:
        """Give the foreground to the script's group, if it is pyst's to give; whether that was done."""
        if self._is_ours() and self._put(group):
            self.is_handed = True
        return self.is_handed

    def take_back(self) -> None:
        """Make pyst's group the foreground again, if it was handed over."""
        if self.is_handed:
            self.is_handed = False
            self._put(os.getpgrp())

    def _is_ours(self) -> bool:
        try:
            return self._fd is not None and os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return False

    def _put(self, group: int) -> bool:
        assert self._fd is not None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTOU,))
        try:
            os.tcsetpgrp(self._fd, group)
        except OSError:
            return False  # the group is gone, or the terminal is
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return True


def stop_self(number: int, *, all_of_group: bool) -> None:
    """Stop this process as the signal `number` does by default, or its whole group. Returns when it is continued.

    A group that no shell looks after is not stopped by the terminal's signals: then this returns at once.
    """
    before = signal.signal(number, signal.SIG_DFL)
    try:
        if all_of_group:
            os.killpg(os.getpgrp(), number)
        else:
            os.kill(os.getpid(), number)
    finally:
        signal.signal(number, before)


def _is_terminal(fd: int) -> bool:
    try:
        return os.isatty(fd)
    except OSError:
        return False
