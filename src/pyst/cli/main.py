"""Parse → App → command → render. The one place where exceptions become output and exit codes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyst.app import App, GlobalOptions
from pyst.cli.arguments import Request, UnknownCommand, named_command, parse, wants_json
from pyst.cli.output import check_format, write_failure, write_report, write_text
from pyst.errors import ExitCode, Failure

if TYPE_CHECKING:
    from pyst.report import Report


def main(words: list[str], make_app: Callable[..., App] = App, *, told: Callable[[App], Report] | None = None) -> int:
    """Run the command line `words`; returns the exit code. `make_app` is where tests bring their own streams.

    `told` stands for the command itself where the hot path has done its work, and only the telling is left.
    """
    occupy_closed_streams()
    name = named_command(words) or "pyst"
    app = make_app(words=words, options=GlobalOptions(format="json" if wants_json(words) else "human"))
    for stream in (app.stdout, app.stderr):
        _tolerate_any_text(stream)
    try:
        request = _parsed(app, words)
        if request.help is not None:
            write_text(app, request.help)
            return ExitCode.OK
        app.options = request.options
        return _run(app, request, told)
    except Failure as failure:
        return _told(app, name, failure)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _mute(app.stdout)  # the reader has seen enough: `pyst list | head -1`
        return ExitCode.OK
    except Exception as error:
        if app.options.debug:
            raise
        return _told(app, name, _refused(error) or _unexpected(app, error))
    finally:
        app.close()


def _parsed(app: App, words: list[str]) -> Request:
    try:
        return parse(words)
    except UnknownCommand as failure:
        raise _or_script(app, failure) from None


def _or_script(app: App, failure: UnknownCommand) -> Failure:
    """The same failure; with the command that was meant, where a script here, or in a gist, is called so."""
    import shlex

    from pyst.scripts.catalog import places_from, resolve

    try:
        script = resolve(failure.word, places_from(app.workspace, app.paths), app.cwd, app.witness)
    except Failure as missing:
        from pyst.commands.support.mapped import tell_elsewhere

        if missing.code != "E_NOT_FOUND" or not tell_elsewhere(app, failure.word, missing):
            return failure
        return Failure(failure.code, failure.message, hint=missing.hint, exit=failure.exit)
    hint = f"it is a script ({script.path}): did you mean `pyst run {shlex.quote(failure.word)}`?"
    return Failure(failure.code, failure.message, hint=hint, exit=failure.exit)


def _run(app: App, request: Request, told: Callable[[App], Report] | None) -> int:
    assert request.command is not None
    assert request.module is not None
    check_format(app, request.command.name, request.module)
    if os.path.lexists(app.paths.journal_file):
        _settle(app)
    if app.options.events is not None:
        app.event("command_start", command=request.command.name)
    report = request.module.run(app, request.arguments) if told is None else told(app)
    if app.options.events is not None:
        app.event("command_end", command=request.command.name, exit_code=report.exit_code)
    write_report(app, request.command.name, request.module, report)
    if report.signal is not None and app.options.format == "human":
        from pyst.running.supervise import die_by

        app.close()
        die_by(report.signal)
    code: int = report.exit_code
    return code


def _settle(app: App) -> None:
    """Finish what a pyst that was killed has begun to install: every command finds the old version or the new one."""
    from pyst.report import diagnostic_of
    from pyst.sharing.transaction import settle

    try:
        settle(app.paths.data, waiting=lambda: app.talk("waiting for another pyst"))
    except Failure as failure:
        app.remark(diagnostic_of(failure)._replace(level="warning"))


def _told(app: App, name: str, failure: Failure) -> int:
    if app.options.events is not None and app.events and failure.code != "E_EVENTS":
        app.event("command_end", command=name, exit_code=failure.exit)
    if failure.code == "E_OUTPUT":
        _mute(app.stdout)
        app.options = app.options._replace(format="human")  # what is left is standard error
    try:
        write_failure(app, name, failure)
    except (OSError, Failure):
        _mute(app.stdout)
        _mute(app.stderr)
    return failure.exit


REFUSALS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where it has no more of something: descriptors, memory, processes, room."""


def _refused(error: Exception) -> Failure | None:
    """The failure for what the system has not enough of, which is no bug of ours."""
    if not isinstance(error, OSError) or error.errno not in REFUSALS:
        return None
    of = f" (`{error.filename}`)" if isinstance(error.filename, str) else ""
    hint = "`ulimit -a` and `df` show the limits; `--debug` shows where it came to this"
    return Failure("E_SYSTEM", f"the system refused what a command needs: {error.strerror}{of}", hint=hint)


def _unexpected(app: App, error: Exception) -> Failure:
    """A bug of ours: one line for the person, the traceback in a file."""
    import traceback

    text = app.masked("".join(traceback.format_exception(error)))
    path = os.path.join(app.paths.state, "errors", f"{int(app.clock())}-{os.getpid()}.txt")
    message = f"internal error: {type(error).__name__}: {error}"
    try:
        from pyst.system.files import write_atomic

        write_atomic(path, text, mode=0o600)
    except OSError:
        return Failure("E_INTERNAL", message, hint="`--debug` shows the traceback")
    return Failure("E_INTERNAL", message, hint=f"this is a bug in pyst; the traceback is in `{path}`")


def _tolerate_any_text(stream: Any) -> None:
    """Never fail for a character that the terminal's encoding lacks."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def occupy_closed_streams() -> None:
    """Keep files of ours from becoming a standard stream that was closed: what a script prints would go into them.

    What takes the place is closed again when a script replaces this process.
    """
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)  # the lowest number that is free: this one


def _mute(stream: Any) -> None:
    """Keep the interpreter from complaining about the closed pipe at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError, AttributeError):
        pass
