"""The surroundings of one invocation, made once and passed in: streams, variables, folders, options, helpers.

Only `cli` and `commands` see an `App`; deeper rooms are handed just what they use. Tests make their own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO

from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic
from pyst.system.paths import Paths, paths_from
from pyst.system.terminal import View, clean
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.running.plan import Plan
    from pyst.scripts.catalog import Catalog
    from pyst.settings.workspace import Workspace
    from pyst.system.live import LiveLine
    from pyst.system.process import Runner


class GlobalOptions(NamedTuple):
    """The options that every command takes. None is «not said»."""

    format: str = "human"
    context: str | None = None
    profile: str | None = None
    config: str | None = None
    cwd: str | None = None
    uv_flags: tuple[str, ...] = ()
    offline: bool = False
    no_cache: bool = False
    color: str = "auto"
    verbosity: int = 0
    events: str | None = None
    yes: bool = False
    debug: bool = False

    @property
    def flags(self) -> dict[str, Any]:
        """The settings that were given as flags, by dotted key."""
        given: dict[str, Any] = {}
        if self.offline:
            given["core.offline"] = True
        if self.cwd is not None:
            given["core.cwd"] = self.cwd
        if self.uv_flags:
            given["core.uv.flags"] = list(self.uv_flags)
        return given


class App:
    """One invocation of pyst: what it was given and what it may use."""

    def __init__(
        self,
        *,
        options: GlobalOptions | None = None,
        environ: dict[str, str] | None = None,
        cwd: str | None = None,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        runner: Runner | None = None,
        execute: Callable[[Plan, dict[str, str]], int] | None = None,
        words: list[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.options = options or GlobalOptions()
        self.environ = dict(os.environ) if environ is None else environ
        self._cwd = cwd
        self.stdin = stdin or sys.stdin or _nothing("r")
        self.stdout = stdout or sys.stdout or _nothing("w")
        self.stderr = stderr or sys.stderr or _nothing("w")
        self.given_runner = runner
        self._execute = execute
        self.words = words or []
        self.clock = clock
        self.witness = Witness()
        self.paths: Paths = paths_from(self.environ)
        self.events: list[dict[str, Any]] = []
        self.remarks: list[Diagnostic] = []
        self._hidden: list[str] = []
        self._began = time.monotonic()
        self._event_sink: TextIO | None = None

    @cached_property
    def cwd(self) -> str:
        """The current folder, absolute."""
        try:
            return self._cwd or os.getcwd()
        except OSError as error:
            raise Failure("E_CWD", "the current folder is gone", hint="change to one that exists") from error

    @cached_property
    def runner(self) -> Runner:
        """Starts helper programs (uv, git, …)."""
        if self.given_runner is not None:
            return self.given_runner
        from pyst.system.process import Runner

        return Runner()

    def execute(self, plan: Plan) -> int:
        """Execute the plan in place of this process; returns only where a test (or Windows) runs it beside."""
        if self._execute is None:
            from pyst.running.execute import execute

            self._execute = execute
        return self._execute(plan, self.environ)

    @cached_property
    def workspace(self) -> Workspace:
        """The project that the current folder belongs to, its settings, and what the user trusts."""
        from pyst.settings.workspace import load_workspace

        options = self.options
        found = load_workspace(self.cwd, self.paths, self.environ, options.flags, self.witness, options.config)
        for each in found.remarks:
            self.remark(each)
        return found

    @property
    def profile(self) -> str | None:
        """The name of the profile that was chosen, by `--profile` or else `PYST_PROFILE`; None where none was."""
        return self.options.profile if self.options.profile is not None else self.environ.get("PYST_PROFILE") or None

    @property
    def profile_chooser(self) -> str:
        """What the profile was chosen by."""
        return "PYST_PROFILE" if self.options.profile is None else "--profile"

    @cached_property
    def view(self) -> View:
        """How standard output is shown."""
        return self._view_of(self.stdout)

    @cached_property
    def talk_view(self) -> View:
        """How standard error is shown."""
        return self._view_of(self.stderr)

    def _view_of(self, stream: TextIO) -> View:
        terminal = _is_terminal(stream)
        color = self.options.color == "always"
        if self.options.color == "auto":
            wished = self.environ.get("FORCE_COLOR", self.environ.get("CLICOLOR_FORCE", "")) not in ("", "0")
            able = terminal and self.environ.get("TERM") != "dumb"
            color = (able or wished) and not self.environ.get("NO_COLOR")
        width = 80
        if columns := self.environ.get("COLUMNS", ""):
            width = int(columns) if columns.isdecimal() and int(columns) > 0 else width
        elif terminal:
            try:
                width = os.get_terminal_size(stream.fileno()).columns or width
            except (OSError, ValueError):
                pass
        return View(color, width, terminal, self.options.verbosity)

    def talk(self, text: str, *, level: int = 0) -> None:
        """Say something on standard error, cleaned. `level` 1 and 2 are for `-v` and `-vv`; `-q` silences all.

        Raises `Failure` (E_OUTPUT): what a person was not told, they did not agree to.
        """
        if self.options.verbosity >= level and self.options.verbosity >= 0:
            try:
                print(clean(self.masked(text)), file=self.stderr, flush=True)
            except BrokenPipeError:
                raise
            except OSError as error:
                message = f"standard error can't be written: {error.strerror or error}"
                raise Failure("E_OUTPUT", message) from error

    @property
    def shows_live_lines(self) -> bool:
        """Whether a person watches standard error, and nothing else is written there meanwhile."""
        options = self.options
        return (
            options.verbosity == 0  # `-v` shows the helpers' own lines instead
            and options.format == "human"
            and options.events != "-"
            and self.environ.get("TERM", "dumb") != "dumb"
            and _is_terminal(self.stderr)
        )

    def live_line(self, doing: str) -> LiveLine:
        """Begin a live line on standard error; whoever asks for one ends it."""
        from pyst.system.live import LiveLine

        return LiveLine(self.stderr, doing, self.masked)

    def hide(self, secret: str) -> None:
        """Mask this, too, wherever something is shown: a secret that is in no variable."""
        self._hidden.append(secret)

    def masked(self, text: str) -> str:
        """`text` without what is secret: credentials in URLs, values of secret variables, what was hidden."""
        from pyst.system.secrets import MASK, mask

        for each in self._hidden:
            text = text.replace(each, MASK)

        found = self.__dict__.get("workspace")  # where settings are what is wrong, they can't name more secrets
        return mask(text, self.environ, found.settings.document.redact if found is not None else ())

    def remark(self, remark: Diagnostic) -> None:
        """Keep a remark for the report: a person sees it on standard error, a program among the diagnostics."""
        if remark not in self.remarks:
            self.remarks.append(remark)

    @property
    def can_ask(self) -> bool:
        """Whether there is a person at a terminal."""
        return _is_terminal(self.stdin) and _is_terminal(self.stderr)

    def ask(self, question: str, lines: Iterable[str] = ()) -> bool:
        """Ask the person yes or no, after `lines`. `--yes` is a yes; without a terminal the answer is no."""
        if self.options.yes:
            return True
        if not self.can_ask:
            return False
        for line in lines:
            print(clean(self.masked(line)), file=self.stderr)
        print(clean(question) + " [y/N] ", end="", file=self.stderr, flush=True)
        return self._typed().lower() in ("y", "yes")

    def choose(self, lines: Iterable[str], question: str, choices: tuple[str, ...]) -> str:
        """Have the person choose, after `lines`. `--yes` is the first choice; the last is that of no terminal, and of
        an answer that is none of the choices (their first letters will do)."""
        if self.options.yes:
            return choices[0]
        if not self.can_ask:
            return choices[-1]
        for line in lines:
            print(clean(line), file=self.stderr)
        print(f"{clean(question)} [{'/'.join(choices)}] ", end="", file=self.stderr, flush=True)
        answer = self._typed().lower()
        return next((each for each in choices if answer and each.startswith(answer)), choices[-1])

    def answer(self, lines: Iterable[str], question: str, default: str) -> str:
        """What the person types, after `lines`; `default` for an empty line, with `--yes`, and without a terminal."""
        if self.options.yes or not self.can_ask:
            return default
        for line in lines:
            print(clean(line), file=self.stderr)
        print(f"{clean(question)} [{clean(default)}] ", end="", file=self.stderr, flush=True)
        return self._typed() or default

    def _typed(self) -> str:
        """The line that the person types. Where they leave by Ctrl-C or Ctrl-D, what follows begins on its own line."""
        line = None
        try:
            line = self.stdin.readline()
        finally:
            if not line:
                try:
                    print(file=self.stderr)
                except OSError:
                    pass  # nobody is there any more
        return line.strip()

    def event(self, kind: str, **fields: Any) -> None:
        """Tell that something happened: kept for the envelope and, with `--events`, streamed as a JSON line."""
        entry = {"type": kind, "at_ms": round((time.monotonic() - self._began) * 1000, 3), **fields}
        self.events.append(entry)
        if self.options.events is not None:
            import json

            print(json.dumps(entry), file=self._sink(), flush=True)

    def _sink(self) -> TextIO:
        if self._event_sink is None:
            target = self.options.events
            if target == "-":
                self._event_sink = self.stderr
            else:
                try:
                    self._event_sink = open(os.path.join(self.cwd, target or ""), "a", encoding="utf-8")  # noqa: SIM115
                except OSError as error:
                    message = f"the events file `{target}` can't be opened: {error.strerror}"
                    raise Failure("E_EVENTS", message, exit=ExitCode.USAGE) from error
        return self._event_sink

    def close(self) -> None:
        """Close the file that events were streamed to."""
        if self._event_sink is not None and self._event_sink is not self.stderr:
            self._event_sink.close()

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since this invocation began."""
        return (time.monotonic() - self._began) * 1000

    @cached_property
    def trace_id(self) -> str | None:
        """The W3C trace id of this invocation where `PYST_TRACE` asks for one: the caller's, or a new one."""
        if self.environ.get("PYST_TRACE", "") in ("", "0"):
            return None
        parts = self.environ.get("TRACEPARENT", "").split("-")
        if len(parts) == 4 and len(parts[1]) == 32 and set(parts[1]) <= set("0123456789abcdef"):
            return parts[1]
        return os.urandom(16).hex()

    def catalog(self) -> Catalog:
        """All scripts that are visible from here."""
        from pyst.scripts.catalog import find_catalog

        return find_catalog(self.workspace, self.paths)


def _nothing(mode: Literal["r", "w"]) -> TextIO:
    """What stands for a standard stream that was closed when pyst was started."""
    return open(os.devnull, mode, encoding="utf-8")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False
