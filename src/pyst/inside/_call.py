"""Calling a script's `main` with its command line, and giving out what it returns.

Reading the words is `_words`', types are `_types`', help and usage `_help`'s, printing is `_result`'s; each is
loaded only when needed. `docs/function-scripts.md` is the convention that these follow.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, List

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
        sys.stderr.write(f"error: `{filename}` has no function `main` to call\n")
        sys.exit(1)
    parser = load("_words")
    types = load("_types")
    code, returns, parameters = parser.signature(main, types)
    if parser.takes_raw_words(main, parameters):
        arguments, options = ([words] if parameters else []), {}
    else:
        try:
            arguments, options = parser.parse(parameters, words)
        except parser.HelpWanted:
            load("_help").show_help(main, namespace, filename, parameters)
            flush()
            sys.exit(0)
        except (parser.Misuse, types.Unfit) as error:
            help_ = load("_help")
            # Written as bytes would be: a terminal that lacks a character must not hide the message.
            sys.stderr.write(help_.misuse(error, filename, parameters))
            sys.exit(USAGE)
    # The call is made from a frame that looks like the script's own, so that a warning with `stacklevel=2` in
    # `main` points at the script.
    step = compile("main(*arguments, **options)", filename, "eval", 0, True)
    if code is not None:
        step = step.replace(co_firstlineno=code.co_firstlineno, co_name="<module>")
    else:
        step = step.replace(co_name="<module>")
    caller.append(step)
    result = eval(step, namespace, {"main": main, "arguments": arguments, "options": options})  # noqa: S307
    del arguments, options
    if hasattr(type(result), "__await__"):
        result = wait_for(result)
    if result is not None:
        is_number = isinstance(result, int) and not isinstance(result, bool)
        if is_number and types.returns_int(returns, namespace):
            flush()
            sys.exit(result)
        load("_result").give_out(result)
    flush()


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
