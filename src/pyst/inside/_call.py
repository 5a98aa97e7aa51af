"""Calling a script's `main` with its command line, and giving out what it returns.

Reading the words is `_words`', types are `_types`', help and usage `_help`'s, printing is `_result`'s; each is
loaded only when needed. `docs/function-scripts.md` is the convention that these follow.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, List, Tuple

USAGE = 64  # EX_USAGE of sysexits(3)


def call(
    namespace: "Dict[str, Any]",
    filename: str,
    words: "List[str]",
    caller: "List[CodeType]",
    load: "Callable[[str], Any]",
) -> None:
    """Call `main` of `namespace` with `words`. The code object that calls it is added to `caller`."""
    main = namespace.get("main")
    if not callable(main):
        say(f"error: `{filename}` has no function `main` to call\n")
        sys.exit(1)
    if words or not needs_nothing(main):
        arguments, options = read_words(main, namespace, filename, words, load)
    else:
        arguments, options = [], {}
    code = getattr(getattr(main, "__wrapped__", main), "__code__", None)
    # The call is made from a frame that looks like the script's own, so that a warning with `stacklevel=2` in
    # `main` points at the script.
    step = compile("main(*arguments, **options)", filename, "eval", 0, True)
    step = step.replace(co_firstlineno=code.co_firstlineno if code is not None else 1, co_name="<module>")
    caller.append(step)
    result = eval(step, namespace, {"main": main, "arguments": arguments, "options": options})  # noqa: S307
    del arguments, options
    if hasattr(type(result), "__await__"):
        result = wait_for(result)
    if result is not None:
        if isinstance(result, int) and not isinstance(result, bool) and is_exit_code(main, namespace, load):
            flush()
            sys.exit(result)
        load("_result").give_out(result)
    flush()


def needs_nothing(main: "Any") -> bool:
    """Whether `main` is a plain function that can be called with nothing; then its signature is not looked at."""
    if type(main) is not type(call) or hasattr(main, "__wrapped__"):
        return False
    code = main.__code__
    return len(main.__defaults__ or ()) == code.co_argcount and (
        len(main.__kwdefaults__ or ()) == code.co_kwonlyargcount
    )


def read_words(
    main: "Any", namespace: "Dict[str, Any]", filename: str, words: "List[str]", load: "Callable[[str], Any]"
) -> "Tuple[List[Any], Dict[str, Any]]":
    """The arguments that `words` mean for `main`. Ends the process after `--help` and where they don't fit."""
    parser = load("_words")
    types = load("_types")
    _, parameters = parser.signature(main, types)
    if parser.takes_raw_words(main, parameters):
        return ([words] if parameters else []), {}
    try:
        found: "Tuple[List[Any], Dict[str, Any]]" = parser.parse(parameters, words)
        return found
    except parser.HelpWanted:
        load("_help").show_help(main, namespace, filename, parameters)
        flush()
        sys.exit(0)
    except (parser.Misuse, types.Unfit) as error:
        say(load("_help").misuse(error, filename, parameters))
        sys.exit(USAGE)


def is_exit_code(main: "Any", namespace: "Dict[str, Any]", load: "Callable[[str], Any]") -> bool:
    """Whether an int that `main` returns is the exit code."""
    types = load("_types")
    returns, _ = load("_words").signature(main, types)
    return bool(types.returns_int(returns, namespace))


def say(text: str) -> None:
    """Write `text` to standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(text)


def wait_for(awaitable: "Any") -> "Any":
    """What the awaitable gives, in an event loop of its own."""
    import asyncio

    if asyncio.iscoroutine(awaitable):
        return asyncio.run(awaitable)

    async def outcome() -> "Any":
        return await awaitable

    return asyncio.run(outcome())


def flush() -> None:
    """Flush standard output, so that a reader that went away is noticed here and not at Python's end."""
    if sys.stdout is not None and not getattr(sys.stdout, "closed", False):
        sys.stdout.flush()
