"""Running code as `__main__`, so that it can't tell that it was not started by `python` itself.

Owns the module that the code runs in, `sys.argv` and `sys.path[0]`, and tracebacks that begin at the code's own
frame. Calling `def main(...)` is `_call`'s. Everything here is stdlib-only and runs on Python 3.8 and later.

`sys.orig_argv` stays what it is: programs that start themselves again (development servers) use it, and it has
to lead back here.
"""

import builtins
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType, TracebackType
    from typing import Any, Iterable, List, Optional, Sequence, Set, Type

FOLDER = os.path.dirname(__file__) + os.sep
ALLOW_TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, without the import
CAN_NOT_OPEN = 2  # what `python` exits with for a file that it can't read


def load(name: str) -> "Any":
    """Load the module `name` beside this file, leaving no trace in `sys.modules` or `sys.path`.

    Its bytecode is kept in any case: `PYTHONDONTWRITEBYTECODE` speaks of the user's files, and must not make
    every run slow.
    """
    path = FOLDER + name + ".py"
    loader = type(globals()["__loader__"])(name, path)
    module = type(sys)(name)
    module.__file__ = path
    module.__loader__ = loader
    module.__dict__["load"] = load
    unkept, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        code = loader.get_code(name)
    finally:
        sys.dont_write_bytecode = unkept
    exec(code, module.__dict__)  # noqa: S102
    return module


def run_file(
    names: "Iterable[str]", argv: "List[str]", call: bool = False, wait: bool = False, alone: bool = False
) -> None:
    """Run the script `argv[0]` as `python argv…` would; with `call` its `main` too, with `wait` under asyncio, `alone`
    without the modules beside it.

    `names` are the names that this Python gives to a fresh `__main__`.
    """
    path = argv[0]
    sys.argv[:] = argv
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr)
        sys.exit(CAN_NOT_OPEN)
    if has_script_folder():
        sys.path[:1] = [] if alone else [os.path.dirname(os.path.realpath(path))]
    if sys.version_info >= (3, 9) and not os.path.isabs(path):
        path = os.path.join(os.getcwd(), path)
    started = sys.modules["__main__"].__file__
    if started in sys.path_importer_cache:  # Python has looked whether the file that it started is an archive
        sys.path_importer_cache[path] = sys.path_importer_cache.pop(started)
    module = main_module(names, path, type(globals()["__loader__"])("__main__", path))
    execute(module, source, path, call, wait)


def run_code(names: "Iterable[str]", source: str, argv: "List[str]", switches: "Set[str]") -> None:
    """Run code as `python -c` or `python -` would; `argv[0]` says which. `source` is a file's path or the text."""
    sys.argv[:] = argv
    text: "Any" = source
    if "--text" not in switches:
        try:
            with open(source, "rb") as file:
                text = file.read()
            if "--delete" in switches:
                os.unlink(source)
        except OSError as error:
            print(f"error: can't read the code in `{source}`: {error.strerror}", file=sys.stderr)
            sys.exit(1)
    if has_script_folder():
        sys.path[0] = ""
    is_stdin = argv[0] == "-"
    filename = "<stdin>" if is_stdin else "<string>"
    if not is_stdin:
        names = [name for name in names if name not in ("__file__", "__cached__")]
    module = main_module(names, filename, sys.__loader__)
    execute(module, text, filename, False, "--async" in switches)


def has_script_folder() -> bool:
    """Whether Python put the folder of the file that it started in front of `sys.path`."""
    return not (sys.flags.isolated or getattr(sys.flags, "safe_path", False))


def main_module(names: "Iterable[str]", path: str, loader: "Any") -> "ModuleType":
    """A fresh `__main__`, in place of the one that this process was started with."""
    module = type(sys)("__main__")
    namespace = module.__dict__
    namespace.clear()
    values = {
        "__name__": "__main__",
        "__doc__": None,
        "__package__": None,
        "__loader__": loader,
        "__spec__": None,
        "__annotations__": {},
        "__builtins__": builtins,
        "__file__": path,
        "__cached__": None,
    }
    namespace.update((name, values[name]) for name in names if name in values)
    sys.modules["__main__"] = module
    return module


def execute(module: "ModuleType", source: "Any", filename: str, call: bool, wait: bool) -> None:
    """Run `source` in `module`. Whatever it raises goes on, and is shown from its own frame on."""
    namespace = module.__dict__
    caller: "List[CodeType]" = []
    try:
        if filename[:1] == "<":
            remember_lines(source, filename)
        code = compile(source, filename, "exec", ALLOW_TOP_LEVEL_AWAIT if wait else 0, True)
        del source
        result = eval(code, namespace)  # noqa: S307
        if wait and result is not None:
            import asyncio

            offer_lines(filename)
            asyncio.run(result)
        if call:
            load("_call").call(namespace, filename, sys.argv[1:], caller, load)
    except SystemExit:
        if call:
            flush_for_a_reader()
        raise
    except BaseException as error:
        if call and isinstance(error, BrokenPipeError) and is_stdout_broken():
            silence_stdout()
            sys.exit(141)  # as the shells see a program that SIGPIPE ended
        begin_at_own_frame(error, namespace, caller, filename)
        raise


def begin_at_own_frame(error: BaseException, namespace: "Any", caller: "Sequence[CodeType]", filename: str) -> None:
    """See to it that the traceback of `error` is shown from the code's own frame on.

    Python itself has to end the process (exit codes, a death by SIGINT, `-i`), so the error goes on through the
    frames below, which are taken off in the moment it is shown.
    """
    first = own_frames(error.__traceback__, namespace, caller)
    hook = sys.excepthook
    if filename[:1] == "<":
        # Imported here and not in the hook, where it would make Python forget that it has to die by SIGINT.
        import traceback

    def show(kind: "Type[BaseException]", value: BaseException, trace: "Optional[TracebackType]") -> None:
        sys.excepthook = hook
        if value is error:
            trace = value.__traceback__ = sys.last_traceback = first
        used: "Any" = hook
        if filename[:1] == "<":
            traceback.linecache.cache[filename] = LINES[0]  # type: ignore[attr-defined]
            if hook is sys.__excepthook__ and sys.version_info < (3, 13):
                used = traceback.print_exception  # Python itself shows such lines from 3.13 on
        used(kind, value, trace)

    sys.excepthook = show


def own_frames(
    trace: "Optional[TracebackType]", namespace: "Any", caller: "Sequence[CodeType]"
) -> "Optional[TracebackType]":
    """The traceback from the first frame of the code's own on, or from the first that is not of this folder."""
    at = trace
    while at is not None:
        if at.tb_frame.f_globals is namespace and at.tb_frame.f_code not in caller:
            return at
        at = at.tb_next
    while trace is not None and (
        trace.tb_frame.f_code.co_filename.startswith(FOLDER) or trace.tb_frame.f_code in caller
    ):
        trace = trace.tb_next
    return trace


LINES: "List[Any]" = []


def remember_lines(source: "Any", filename: str) -> None:
    """Keep the code's lines for tracebacks."""
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    LINES[:] = [(len(text), None, text.splitlines(True), filename)]
    if filename == "<string>" and sys.version_info >= (3, 13):
        __import__("linecache")  # as `python -c` itself does
    offer_lines(filename)


def offer_lines(filename: str) -> None:
    """Give the lines of code that is in no file to `linecache`, where that is loaded."""
    linecache = sys.modules.get("linecache")
    if linecache is not None and LINES:
        linecache.cache[filename] = LINES[0]


def flush_for_a_reader() -> None:
    """Flush standard output before an exit of the script's own, which keeps its code if nobody reads."""
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except (OSError, AttributeError):
        pass  # Python says so itself at its end


def is_stdout_broken() -> bool:
    """Whether nobody reads what is written to standard output."""
    try:
        import select

        poll = select.poll()
        poll.register(1, 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except (ImportError, AttributeError, OSError):
        return True


def silence_stdout() -> None:
    """Let what is still to be written to standard output go nowhere, so that Python's end is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
