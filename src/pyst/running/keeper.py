"""The keeper: a small process between pyst and the script that lets no part of the tree outlive the run.

pyst forks it, it forks the script. Every orphan below it becomes its child (a subreaper), so that nothing can hide by
forking twice or by a session of its own. It hears of pyst's death by the end of a pipe, and then kills all. It tells
pyst how the script fares. The two speak in words of five bytes: a letter and a number.

Elsewhere than on Linux there are no subreapers: what leaves the script's process group is not ended.
"""

from __future__ import annotations

import os
import select
import time

from pyst.named import NamedTuple
from pyst.system.child import become, fork, put_back_signals
from pyst.system.process_tree import CAN_SEE, adopt_orphans, ask_to_end, die_with_parent, kill_below, send, send_group

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from pyst.confinement.enter import Held
    from pyst.running.bounds import Watch
    from pyst.running.plan import Plan
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import

WORD_BYTES = 5
STARTED, STOPPED, EXITED, EXITED_LAST, LEFT, LIMIT, GONE = b"pzxqlbg"
"""What the keeper tells: the script's process, the signal that stopped it, its wait status (from within
a namespace also: and nothing is left there), who could not be ended, the bound that ends it (its place in
`bounds.NAMES`), and as the last word that all is done."""
SIGNAL, END = b"se"
"""What it is told: send this signal to the script's group; end the tree, with so many milliseconds to do it itself."""
PATIENCE_SECONDS = 10.0
"""How long to go on killing; what is left then can't be killed (another user's, or stuck in the kernel)."""
ROUND_SECONDS = 0.05


class Start(NamedTuple):
    """What the script is started with; see `system.child.become`. `terminal` is handed to it, if there is one.

    `confined` is the plan of a run that has walls, `hand` the way to its proxy (-1: none).
    """

    argv: Sequence[str]
    environ: Mapping[str, str]
    cwd: str
    descriptors: tuple[int, int, int]
    mask: set[int]
    tell: int
    terminal: int | None
    grace_seconds: float
    end_leftovers: bool
    confined: Plan | None = None
    hand: int = -1


def word(letter: int, number: int) -> bytes:
    """A word of the language between pyst and its keeper."""
    return bytes((letter,)) + number.to_bytes(4, "little", signed=True)


def words(data: bytes) -> list[tuple[int, int]]:
    """The words in `data`, which are whole: pipes don't cut what is this short."""
    starts = range(0, len(data), WORD_BYTES)
    return [(data[at], int.from_bytes(data[at + 1 : at + WORD_BYTES], "little", signed=True)) for at in starts]


def keep(start: Start, orders: int, news: int) -> NoReturn:
    """Be the keeper, in a forked child of pyst with its signals held back. `orders` and `news` are its pipes."""
    keeper = None
    try:
        os.setpgid(0, 0)  # no key of the terminal, and no `kill 0` of the script, is meant for the keeper
        adopt_orphans()
        keeper = _Keeper(start, orders, news)
        keeper.watch()
        keeper.clean_up()
        if start.end_leftovers and not CAN_SEE:
            kill_below(os.getpid(), keeper.script)  # no orphan came here: what is left of the group is unknown
        keeper.say_goodbye()
    except BaseException:  # noqa: BLE001  this process has no one above to raise it to
        if keeper:
            kill_below(os.getpid(), keeper.script)
        os._exit(70)
    os._exit(0)


class _Keeper:
    def __init__(self, start: Start, orders: int, news: int) -> None:
        self._orders = orders
        self._news = news
        self._grace_seconds = start.grace_seconds
        self._end_leftovers = start.end_leftovers
        self._has_ended = False
        self._is_ending = False
        self._kill_at: float | None = None
        self._give_up_at: float | None = None
        self._held: Held | None = None
        self._leaves_nothing = False
        self._watch: Watch | None = None
        me = os.getpid()
        kept = {orders, news}
        if start.confined is not None:
            self.script = self._confine(start, start.confined)
            kept.update(self._held.keep if self._held else ())
        else:
            self.script = fork()
            if self.script == 0:
                _be_the_script(start, me)
        self._child = self._held.child if self._held else self.script
        try:
            os.setpgid(self.script, self.script)  # the script does so itself; whoever comes first
        except OSError:
            pass
        self._wake = _hear_of_children(kept)
        self._tell(STARTED, self.script)

    def _confine(self, start: Start, plan: Plan) -> int:
        """Start the script within its walls; 0 where one of them can't be built, which is told."""
        from pyst.confinement.enter import enter, tell_wall
        from pyst.confinement.walls import Wall

        assert plan.walls is not None
        try:
            self._held = enter(start, plan, plan.walls)
        except Wall as wall:
            tell_wall(start.tell, wall)
            os._exit(0)
        if plan.walls.bounds._replace(timeout_seconds=None, file_bytes=None) != (None,) * 6:
            from pyst.running.bounds import Watch, come_first

            come_first()
            self._watch = Watch(plan.walls, os.getpid(), self._held.store)
        return self._held.script

    def watch(self) -> None:
        """Stay until the script has ended, and all that it started."""
        poller = select.poll()
        poller.register(self._orders, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        words_from = self._held.words if self._held else -1
        if words_from >= 0:
            poller.register(words_from, select.POLLIN)
        while self._reap():
            now = time.monotonic()
            if self._watch is not None and not self._is_ending and (bound := self._watch.look(now)) is not None:
                self._tell(LIMIT, bound)
                self._is_ending = True
                self._end_multitude()
                self._kill()
            if self._has_ended and not self._is_ending and not self._leaves_nothing:
                if not self._end_leftovers:
                    return
                self._end(self._grace_seconds)
            if self._give_up_at is not None and now > self._give_up_at:
                self._tell(LEFT, 0)
                return
            if self._kill_at is not None and now >= self._kill_at:
                self._kill()
            for fd, _ in poller.poll(self._wait_ms(now)):
                if fd == self._wake:
                    os.read(fd, 4096)
                elif fd == words_from:
                    if not self._hear_from_within():
                        poller.unregister(fd)
                elif not self._obey(os.read(fd, 4096 // WORD_BYTES * WORD_BYTES)):
                    poller.unregister(fd)

    def _wait_ms(self, now: float) -> float | None:
        if self._give_up_at is not None:
            return ROUND_SECONDS * 1000
        wait = None if self._kill_at is None else max(0.0, self._kill_at - now) * 1000 + 1
        if self._watch is not None and not self._is_ending:
            look = self._watch.wait_seconds * 1000
            return look if wait is None else min(look, wait)
        return wait

    def _reap(self) -> bool:
        """Take note of what happened to the children; False when there are none left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid != self._child or self._has_ended:
                continue
            if pid != self.script:
                self._of_first_process(status)
            else:
                self._fares(status)

    def _fares(self, status: int) -> None:
        """The script was stopped, or has ended."""
        if os.WIFSTOPPED(status):
            self._tell(STOPPED, os.WSTOPSIG(status))
        elif not self._has_ended:
            self._has_ended = True
            self._tell(EXITED, status)

    def _of_first_process(self, status: int) -> None:
        """Process 1 of the script's namespace has ended, and the script with it, unless it was told before."""
        while self._hear_from_within():
            pass
        if not os.WIFSTOPPED(status):
            self._fares(signal.SIGKILL)

    def _hear_from_within(self) -> bool:
        """Take in one word of process 1 of the script's namespace; whether there was one."""
        assert self._held is not None
        try:
            data = os.read(self._held.words, WORD_BYTES)
        except OSError:
            return False
        for letter, number in words(data):
            self._leaves_nothing = self._leaves_nothing or letter == EXITED_LAST
            if letter in (STOPPED, EXITED, EXITED_LAST):
                self._fares(number << 8 | 0x7F if letter == STOPPED else number)
        return bool(data)

    def _obey(self, data: bytes) -> bool:
        """Do as pyst says; without a word from it, it is gone. Whether more may come."""
        if not data:
            self._is_ending = True
            self._kill()
            return False
        for letter, number in words(data):
            if letter == END:
                self._end(number / 1000)
            elif letter == SIGNAL and not self._has_ended:
                send_group(self.script, number)
        return True

    def _end_multitude(self) -> None:
        """End what has passed a bound, which may be growing: at once where there is a namespace, else by pursuit."""
        from pyst.running.bounds import below, end_all_below

        if self._child != self.script:
            send((self._child,), signal.SIGKILL)
            send(below(os.getpid()), signal.SIGKILL)  # sooner than process 1 gets to it, where all are busy
            return
        end_all_below(os.getpid())

    def clean_up(self) -> None:
        """Remove the private folder of a confined script."""
        if self._held is not None and self._held.private is not None:
            from pyst.confinement.private import remove

            remove(self._held.private)

    def say_goodbye(self) -> None:
        """Tell that all is done: pyst need not wait for the end of this process, which takes half a millisecond."""
        self._tell(GONE, 0)
        os.close(self._news)

    def _end(self, grace_seconds: float) -> None:
        self._is_ending = True
        if self._kill_at is None:
            ask_to_end(os.getpid(), self.script)
            self._kill_at = time.monotonic() + grace_seconds

    def _kill(self) -> None:
        now = time.monotonic()
        if self._give_up_at is None:
            self._give_up_at = now + PATIENCE_SECONDS
        self._kill_at = now
        if self._held is not None and self._child != self.script:
            send((self._child,), signal.SIGKILL)  # with process 1 all of its namespace dies at once
        kill_below(os.getpid(), self.script)

    def _tell(self, letter: int, number: int) -> None:
        try:
            os.write(self._news, word(letter, number))
        except OSError:
            pass  # pyst is gone, which the other pipe tells too


def _be_the_script(start: Start, keeper: int) -> NoReturn:
    try:
        os.setpgid(0, 0)
        if start.terminal is not None:
            os.tcsetpgrp(start.terminal, os.getpgrp())  # SIGTTOU is held back, as every signal is
    except OSError:
        pass  # it can still be handed over when the script asks for it
    try:
        die_with_parent(keeper)
        become(
            start.argv,
            start.environ,
            cwd=start.cwd,
            descriptors=start.descriptors,
            mask=start.mask,
            tell=start.tell,
        )
    finally:
        os._exit(127)


def _hear_of_children(needed: set[int]) -> int:
    """Let go of all that was the script's or pyst's, and listen to the children; gives the descriptor that wakes."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass  # some are the C library's own
    wake, ring = os.pipe()
    os.set_blocking(ring, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for fd in range(3):
        os.dup2(nothing, fd)
    for name in os.listdir("/dev/fd"):
        if int(name) > 2 and int(name) not in {*needed, wake, ring}:
            try:
                os.close(int(name))
            except OSError:
                pass  # the listing's own
    put_back_signals(set())
    return wake
