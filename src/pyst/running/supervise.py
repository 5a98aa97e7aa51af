"""Supervising a run: pyst stays while the script runs, for a time limit, a record, or a report at the end.

The script is the leader of a process group of its own. Signals that reach pyst are passed on to it, the shell's job
control works through pyst (see `foreground`), its exit code is told exactly, and nothing of its tree outlives the
run, even when pyst is killed (see `keeper`). Where pyst has nothing left to do, `execute` is the better way.
"""

from __future__ import annotations

import os
import select
import time

from pyst.errors import ExitCode, Failure
from pyst.running import keeper
from pyst.running.capture import Capture, Spool, drain
from pyst.running.foreground import Foreground, stop_self
from pyst.running.plan import Outcome, Plan, environment_of
from pyst.running.signals import DEADLY, Signals
from pyst.system.child import (
    block_signals,
    file_of,
    flush_streams,
    fork,
    occupy_standard_descriptors,
    parse_refusal,
    put_back_signals,
    read_all,
)
from pyst.system.process_tree import adopt_orphans, any_children, children, end_children

TYPE_CHECKING = False  # what `typing` says too; its import takes 4 ms
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from pyst.confinement.proxy import Proxy
    from pyst.confinement.walls import Built, Walls

    Listener = Callable[[dict[str, Any]], None]
else:
    import _signal as signal  # its built-in half, without enums: they take 3 ms to import

GRACE_SECONDS = 2.0
MOST_WAIT_SECONDS = 86_400.0
"""What poll(2) and the keeper's words can hold, by far; a longer time limit is waited for in parts."""
STOPS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
WANTS_TERMINAL = (signal.SIGTTIN, signal.SIGTTOU)
FROM_KEYS = (signal.SIGINT, signal.SIGQUIT)


def supervise(
    plan: Plan,
    environ: dict[str, str],
    *,
    capture: Capture | None = None,
    on_event: Listener | None = None,
    meanwhile: Callable[[], None] | None = None,
    at_end: Callable[[Outcome], None] | None = None,
    grace_seconds: float = GRACE_SECONDS,
    end_leftovers: bool = True,
    lifeline: int | None = None,
    early: Sequence[int] = (),
) -> Outcome:
    """Run `plan` as a child and wait for its end. `environ` is the caller's environment.

    Without `capture` the script has the caller's own streams. After the plan's time limit its whole tree is asked to
    end and, `grace_seconds` later, killed (exit code 124). What the script leaves behind in the background is ended
    too, unless `end_leftovers` is False. `on_event` hears `script_started`, `signal_forwarded`, `timed_out`,
    `leftovers`, `limit_reached`, `lifeline_cut` and `script_ended`. `meanwhile` is called once, while the processes
    that lead to the script are made; `at_end` once nothing of the script is left, and signals are handled as before.
    A plan with walls is confined, and what it leaves is always ended. When the other end of the descriptor `lifeline`
    is closed, whoever wanted the run is gone: it is ended. `early` are signals that came before and are passed on, too.
    Raises `Failure` (`E_NO_INTERPRETER`, `E_CANNOT_EXECUTE`, `E_WRITE`, `E_KEEPER`, `E_WALL`); after any exception
    nothing of the script is left.
    """
    run = _Run(plan, on_event or _nobody, grace_seconds, lifeline)
    try:
        run.start(environ, capture, end_leftovers, early, meanwhile)
        run.follow()
        outcome = run.outcome()
        if at_end is not None:
            run.let_go()
            at_end(outcome)
        return outcome
    finally:
        run.close()


def die_by(number: int) -> NoReturn:
    """End this process by the signal `number`, as the script ended, so that the caller sees the same death.

    Leaves no core file of pyst. Where the signal doesn't end a process by default, exits with 128 + `number`.
    """
    flush_streams()
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (number,))
        if number not in (signal.SIGSTOP, *STOPS):
            os.kill(os.getpid(), number)
    except (OSError, ValueError):
        pass
    os._exit(128 + number)


class _Run:
    """One supervised run: the keeper's two pipes, the signals, the terminal, the captured streams."""

    def __init__(self, plan: Plan, tell: Listener, grace_seconds: float, lifeline: int | None) -> None:
        self._plan = plan
        self._lifeline = lifeline
        self._tell = tell
        self._grace_seconds = min(grace_seconds, MOST_WAIT_SECONDS)
        self._fds: set[int] = set()
        self._keeper = 0
        self._script = 0
        self._status: int | None = None
        self._is_over = False
        self._timed_out = False
        self._built: Built | None = None
        self._limit: str | None = None
        self._proxy: Proxy | None = None
        self._spools: list[Spool] = []
        self._passed_on: set[int] = set()
        self._orders = self._news = -1
        self._began = time.monotonic()
        self._ended = 0.0
        given = (plan.limits.timeout_seconds, plan.walls.bounds.timeout_seconds if plan.walls is not None else None)
        self._seconds = min((each for each in given if each is not None), default=None)
        self._deadline = None if self._seconds is None else self._began + self._seconds
        self._fds.update(occupy_standard_descriptors())
        self._signals = Signals()
        self._foreground = Foreground()
        self._others = children(os.getpid(), with_dead=True) if any_children() else set()
        self._adopts = adopt_orphans()  # for the case that the keeper is killed

    # Starting

    def start(
        self,
        environ: dict[str, str],
        capture: Capture | None,
        end_leftovers: bool,
        early: Sequence[int],
        meanwhile: Callable[[], None] | None,
    ) -> None:
        plan = self._plan
        if plan.walls is not None:
            from pyst.confinement.enter import load

            load(plan.walls)
            if plan.walls.net.mode == "hosts":
                self._start_proxy(plan.walls)
        stdin = 0 if plan.stdin is None else self._own(file_of(plan.stdin))
        if capture:
            for name, fd in (("stdout", 1), ("stderr", 2)):
                self._spools.append(Spool(capture, name, fd))
        streams = (stdin, *(each.sink for each in self._spools)) if capture else (stdin, 1, 2)
        hear, tell = self._pipe()
        orders, self._orders = self._pipe()
        self._news, news = self._pipe()
        os.set_blocking(self._news, False)
        flush_streams()
        mask = block_signals()
        try:
            start = keeper.Start(
                plan.argv,
                environment_of(plan, environ),
                plan.cwd,
                (streams[0], streams[1], streams[2]),
                mask,
                tell,
                self._foreground.for_start((streams[0], streams[1], streams[2])),
                self._grace_seconds,
                end_leftovers or plan.walls is not None,
                plan if plan.walls is not None else None,
                self._proxy.hand if self._proxy else -1,
            )
            self._keeper = fork()
            if self._keeper == 0:
                for fd in (hear, self._orders, self._news):
                    os.close(fd)
                keeper.keep(start, orders, news)
            self._signals.listen()
            for number in early:
                self._pass_on(number)
        finally:
            put_back_signals(mask)
        for fd in (tell, orders, news):
            self._drop(fd)
        for spool in self._spools:
            spool.close_sink()
        if meanwhile is not None:
            meanwhile()
        told = read_all(hear)
        self._drop(hear)
        if plan.walls is not None:
            from pyst.confinement.enter import read_told

            self._built, told = read_told(told)
            if self._built is not None and self._built.tier != "strict":
                from pyst.confinement.private import remove_stale

                remove_stale()  # while the script starts
        refusal = parse_refusal(told)
        if refusal:
            if refusal.stage == "wall":
                from pyst.confinement.refusal import wall_missing

                raise wall_missing(plan, refusal.message)
            from pyst.running.execute import cannot_execute

            raise cannot_execute(plan, refusal)

    def _start_proxy(self, walls: Walls) -> None:
        from pyst.confinement import proxy

        try:
            self._proxy = proxy.start(walls.net)
        except OSError as error:
            message = f"the proxy could not be started: {error.strerror}"
            raise Failure("E_WALL", message, exit=ExitCode.BLOCKED) from error
        self._fds.update((self._proxy.hand, self._proxy.news))

    # Following

    def follow(self) -> None:
        """Stay until the keeper has ended, and with it the tree."""
        poller = select.poll()
        poller.register(self._news, select.POLLIN)
        poller.register(self._signals.wake, select.POLLIN)
        if self._proxy is not None:
            poller.register(self._proxy.news, select.POLLIN)
        if self._lifeline is not None:
            poller.register(self._lifeline, select.POLLIN)
        watched: dict[Spool, int] = {}
        while True:
            for spool in self._spools:
                self._watch(poller, spool, watched)
            for fd, _ in poller.poll(self._wait_ms()):
                if fd == self._signals.wake:
                    self._pass_on_signals()
                elif fd == self._news:
                    if not self._hear():
                        drain(self._spools, self._gives_up_on)
                        if self._proxy is not None:
                            self._hear_proxy(self._proxy.news)  # what it told last
                        return
                elif self._proxy is not None and fd == self._proxy.news:
                    if not self._hear_proxy(fd):
                        poller.unregister(fd)
                elif fd == self._lifeline:
                    if _is_cut(fd):
                        poller.unregister(fd)
                        self._tell({"type": "lifeline_cut"})
                        self._order(keeper.END, int(self._grace_seconds * 1000))
                else:
                    for spool in self._spools:
                        if watched.get(spool) == fd:
                            spool.move()
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._time_is_up()

    def _hear_proxy(self, fd: int) -> bool:
        """Pass on what the proxy allowed and refused; False when it has gone."""
        from pyst.confinement.proxy import read_events

        try:
            data = os.read(fd, 1 << 16)
        except BlockingIOError:
            return True
        for event in read_events(data):
            self._tell(event)
        return bool(data)

    def _watch(self, poller: select.poll, spool: Spool, watched: dict[Spool, int]) -> None:
        before = watched.pop(spool, None)
        if before is not None:
            poller.unregister(before)
        if spool.is_open:
            fd, event = spool.waits_for
            if fd not in watched.values():
                poller.register(fd, event)
                watched[spool] = fd

    def _wait_ms(self) -> float | None:
        if self._deadline is None:
            return None
        return min(max(0.0, self._deadline - time.monotonic()), MOST_WAIT_SECONDS) * 1000 + 1

    def _hear(self) -> bool:
        """Take in what the keeper tells; False when it has gone."""
        try:
            data = os.read(self._news, 1024 * keeper.WORD_BYTES)
        except BlockingIOError:
            return True
        for letter, number in keeper.words(data):
            if letter == keeper.STARTED:
                self._script = number
                self._tell({"type": "script_started", "pid": number})
            elif letter == keeper.STOPPED:
                self._stop_too(number)
            elif letter == keeper.EXITED:
                self._script_ended(number)
            elif letter == keeper.LIMIT:
                from pyst.running.bounds import NAMES

                self._limit = NAMES[number]
                self._tell({"type": "limit_reached", "limit": self._limit})
            elif letter == keeper.GONE:
                self._is_over = True
            elif letter == keeper.LEFT:
                self._tell({"type": "leftovers", "message": "processes that could not be ended are left"})
        return bool(data)

    def _script_ended(self, status: int) -> None:
        self._status = status
        self._deadline = None
        self._ended = time.monotonic()
        was_handed = self._foreground.is_handed
        self._foreground.take_back()
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if was_handed and number in FROM_KEYS and number not in self._passed_on and self._signals.are_heard:
            # The key was pressed for the whole job: a shell script that loops over pyst is to hear of it.
            os.killpg(os.getpgrp(), number)

    def _time_is_up(self) -> None:
        self._deadline = None
        self._timed_out = True
        self._tell({"type": "timed_out", "after_seconds": self._seconds})
        self._order(keeper.END, int(self._grace_seconds * 1000))

    def _order(self, letter: int, number: int) -> None:
        try:
            os.write(self._orders, keeper.word(letter, number))
        except OSError:
            pass  # the keeper is gone, which its own pipe tells

    # Signals and job control

    def _pass_on_signals(self) -> None:
        for number in self._signals.heard():
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        self._passed_on.add(number)
        self._order(keeper.SIGNAL, number)
        self._tell({"type": "signal_forwarded", "signal": _name_of(number)})

    def _stop_too(self, number: int) -> None:
        """The script was stopped: give it the terminal if it wants that, else let the shell see a stopped job."""
        foreground = self._foreground
        if not foreground.exists or (number not in STOPS and not foreground.is_handed) or not self._signals.are_heard:
            return
        was_handed = foreground.is_handed
        if number not in WANTS_TERMINAL or was_handed or not foreground.hand_over(self._script):
            foreground.take_back()
            stop_self(
                number if number in STOPS else signal.SIGTSTP, all_of_group=was_handed or number in WANTS_TERMINAL
            )
            # Here the shell has the terminal, until `fg` or `bg`.
            if was_handed or number in WANTS_TERMINAL:
                foreground.hand_over(self._script)
            was_stopped = self._signals.forget_continue()
            if not was_stopped and number in WANTS_TERMINAL and not foreground.is_handed:
                # No shell looks after this job. The kernel sends stopped orphans SIGHUP and SIGCONT; so do we.
                self._order(keeper.SIGNAL, signal.SIGHUP)
        self._order(keeper.SIGNAL, signal.SIGCONT)

    # Ending

    def _gives_up_on(self, fd: int) -> bool:
        """Wait until `fd` can be written, after the script's end; or a signal, or the end of the time, says enough."""
        poller = select.poll()
        poller.register(fd, select.POLLOUT)
        poller.register(self._signals.wake, select.POLLIN)
        while True:
            ready = {each for each, _ in poller.poll(0 if self._timed_out else None)}
            if fd in ready or not ready:
                return not ready
            if not DEADLY.isdisjoint(self._signals.heard()):
                return True

    def outcome(self) -> Outcome:
        """How it ended, once the keeper has gone."""
        if self._status is None:
            message = "the process that kept the script was killed, and the script was ended with it"
            raise Failure("E_KEEPER", message, hint="look for what kills processes here (memory running out?)")
        code = os.waitstatus_to_exitcode(self._status)
        number = -code if code < 0 and not self._timed_out and self._limit is None else None
        exit_code = ExitCode.TIMED_OUT if self._timed_out else 128 - code if code < 0 else code
        self._tell({"type": "script_ended", "exit_code": exit_code, "signal": number})
        captured = [each.finish() for each in self._spools]
        out, err = captured if captured else (None, None)
        return Outcome(
            exit_code,
            number,
            self._timed_out,
            self._ended - self._began,
            out.path if out else None,
            err.path if err else None,
            out,
            err,
            self._built,
            self._limit,
        )

    def let_go(self) -> None:
        """Close, but do not wait for a keeper that has said that all is done."""
        if self._is_over:
            self._let_go_of_script()
            self._signals.close()
        else:
            self.close()

    def close(self) -> None:
        """Let go of everything, and of the script first: without the pipe of orders the keeper kills all."""
        self._let_go_of_script()
        if self._keeper:
            _, status = os.waitpid(self._keeper, 0)
            self._keeper = 0
            if status:  # the keeper was killed: what was its is now pyst's
                end_children(self._script, without=self._others, patience_seconds=keeper.PATIENCE_SECONDS)
                if self._plan.walls is not None:
                    from pyst.confinement.private import remove_stale

                    remove_stale()
        self._foreground.take_back()
        self._foreground.close()
        self._signals.close()
        if self._adopts:
            self._adopts = False
            adopt_orphans(False)

    def _let_go_of_script(self) -> None:
        for spool in self._spools:
            spool.close()
        for fd in tuple(self._fds):
            self._drop(fd)
        if self._proxy is not None:
            from pyst.confinement.proxy import stop

            stop(self._proxy)
            self._proxy = None

    # Descriptors

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._fds.update(ends)
        return ends

    def _own(self, fd: int) -> int:
        self._fds.add(fd)
        return fd

    def _drop(self, fd: int) -> None:
        self._fds.discard(fd)
        os.close(fd)


def _name_of(number: int) -> str:
    from signal import Signals

    return Signals(number).name


def _is_cut(lifeline: int) -> bool:
    """Whether nobody holds the other end any more. What comes from there says nothing."""
    try:
        return not os.read(lifeline, 4096)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _nobody(event: dict[str, Any]) -> None:
    """Hears events where nobody asked for them."""
