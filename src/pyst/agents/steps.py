"""What the calls of pyst's own tools become: a child with these words, or an answer at once.

Nothing a client says becomes an option: words go behind `--`, or are joined to the option that they are the value of;
numbers and names are checked first, and a script is only ever one that is offered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.agents.host import Host, Offered
from pyst.agents.runs import find_own_run, refuse_replay
from pyst.agents.texts import bounded, cleaned
from pyst.errors import Failure, did_you_mean

if TYPE_CHECKING:
    from pyst.agents.listing import Listing

Arguments = Mapping[str, Any]


class Step(NamedTuple):
    """The child that does a call: `pyst COMMAND WORDS…`.

    With `is_run` it is a recorded run: of the script `offered`, or of code on `stdin`. `is_typed`: its result is the
    one that the script's own tool promises. `input` is a JSON value for it, as text. With `is_replay` a
    recorded run runs again, in the context `context`. `shape` makes the answer of what the command says, where that
    tells of more than the project.
    """

    command: str
    words: tuple[str, ...] = ()
    stdin: bytes = b""
    is_run: bool = False
    is_replay: bool = False
    is_typed: bool = False
    offered: Offered | None = None
    input: str | None = None
    timeout_seconds: float | None = None
    context: str | None = None
    shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None


def list_scripts(arguments: Arguments, listing: Listing, host: Host) -> dict[str, Any]:
    """The scripts that are offered, told at once."""
    query = arguments.get("query", "").casefold()
    rows = [
        {
            "name": cleaned(each.script.name),
            "selector": cleaned(each.script.selector),
            "origin": each.script.origin,
            "summary": bounded(each.interface.summary, 500),
            "entry": each.interface.entry,
            "tool": tool,
        }
        for tool, each in listing.scripts.items()
        if query in f"{each.script.selector}\n{each.interface.summary}".casefold()
    ]
    start, size = int(arguments.get("offset", 0)), int(arguments.get("limit", 50))
    more = start + size if start + size < len(rows) else None
    return {
        "context": listing.offering.context,
        "total": len(rows),
        "scripts": rows[start : start + size],
        "next_offset": more,
    }


def find_offered(name: str, listing: Listing) -> Offered:
    """The script that a client means. Raises `Failure` (E_NOT_OFFERED): other files can't be named at all."""
    for each in listing.offering.scripts:
        if name in (each.script.name, each.script.selector):
            return each
    if name in listing.scripts:
        return listing.scripts[name]
    near = did_you_mean(name[:100], [each.script.name for each in listing.offering.scripts])
    hint = f"{near}\n`pyst_list_scripts` finds those that are" if near else "`pyst_list_scripts` finds those that are"
    raise Failure("E_NOT_OFFERED", f"no script `{name[:100]}` is offered here", hint=hint)


def script_info(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst info`."""
    return Step("info", (word_of(find_offered(arguments["name"], listing), host.cwd),))


def word_of(offered: Offered, cwd: str) -> str:
    """The word by which a child finds this script and no other: no file in the current folder may pass for it."""
    selector = offered.script.selector
    return offered.script.path if os.path.lexists(os.path.join(cwd, selector)) else selector


def run_script(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """A run of an offered script."""
    offered = find_offered(arguments["name"], listing)
    return Step(
        "run",
        tuple(arguments.get("arguments", ())),
        is_run=True,
        offered=offered,
        input=_input(arguments),
        timeout_seconds=arguments.get("timeout_seconds"),
    )


def run_code(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """A run of typed code."""
    requirements = [f"--with={each}" for each in checked_requirements(arguments.get("requirements", ()))]
    return Step(
        "run",
        (
            *requirements,
            *(["--async"] if arguments.get("is_async") else ()),
            "-",
            "--",
            *arguments.get("arguments", ()),
        ),
        stdin=arguments["code"].encode(),
        is_run=True,
        input=_input(arguments),
        timeout_seconds=arguments.get("timeout_seconds"),
    )


def _input(arguments: Arguments) -> str | None:
    return json.dumps(arguments["input"]) if "input" in arguments else None


def checked_requirements(texts: Any) -> list[str]:
    """The requirements, each in its normal form. Raises `Failure` (E_REQUIREMENT) for all that is not a package of the
    index: what a URL leads to would be built, outside of all walls."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for text in texts:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            message = f"`{text[:100]}` is no requirement"
            raise Failure("E_REQUIREMENT", message, hint="like `six` or `six>=1.16`") from error
        if requirement.url is not None:
            message = f"`{text[:100]}` names a URL: a client may ask for packages of the index alone"
            raise Failure("E_REQUIREMENT", message, hint="whoever started the server can add it with `pyst add`")
        found.append(str(requirement))
    return found


def _own_file(offered: Offered, host: Host) -> str:
    """The word for a script that a client may change: one that lies in the project's or the user's own folder.

    Raises `Failure` (E_NOT_CHANGEABLE).
    """
    root = os.path.realpath(offered.script.root)
    inside = os.path.realpath(offered.script.path).startswith(root + os.sep)
    if offered.script.origin not in ("project", "global") or offered.script.root not in host.folders or not inside:
        message = f"`{offered.script.selector}` does not lie in the project's or the user's own script folder"
        raise Failure("E_NOT_CHANGEABLE", message, hint="clients may change no other files")
    if offered.trusted:
        message = f"`{offered.script.selector}` is trusted as it is: a client may not change what that trust covers"
        hint = "whoever started the server can do it: `pyst lock`, `pyst add`, or `pyst trust --revoke` before"
        raise Failure("E_NOT_CHANGEABLE", message, hint=hint)
    return word_of(offered, host.cwd)


def lock(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst lock` of a script that a client may change."""
    offered = find_offered(arguments["name"], listing)
    word = word_of(offered, host.cwd) if arguments.get("check") else _own_file(offered, host)
    flags = [f"--{each}" for each in ("check", "upgrade") if arguments.get(each)]
    return Step("lock", (*flags, word))


def add_dependency(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst add` to a script that a client may change."""
    word = _own_file(find_offered(arguments["name"], listing), host)
    return Step("add", (f"--script={word}", "--", *checked_requirements(arguments["requirements"])))


def doctor(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst doctor`, which mends nothing."""
    return Step("doctor")


def gc(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst gc`, dry unless it is said otherwise."""
    dry = () if arguments.get("dry_run", True) is False else ("--dry-run",)
    return Step("gc", (*dry, f"--older-than={int(arguments.get('older_than_days', 7))} days"), shape=_sums)


def _sums(detail: dict[str, Any]) -> dict[str, Any]:
    """How much, but not what: environments and runs are also those of other projects."""
    runs = detail["runs"]
    return {
        "dry_run": detail["dry_run"],
        "environments_kept": detail["kept"],
        "environments_dropped": detail["dropped"],
        "runs_dropped": len(runs["dropped"]),
        "freed_bytes": detail["freed_bytes"] + runs["freed_bytes"],
    }


def history(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst history` of the project that is served."""
    words = [f"--under={host.root}", f"--limit={int(arguments.get('limit', 20))}"]
    words += [f"--{each}={arguments[each]}" for each in ("script", "since", "until") if each in arguments]
    return Step("history", (*words, *(f"--status={each}" for each in arguments.get("status", ()))))


def replay(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst replay` of a run that a client could have had."""
    record = find_own_run(host, arguments["run"])
    refuse_replay(host, record, listing.offering)
    seconds = arguments.get("timeout_seconds")
    choices = tuple(_choices(arguments))
    return Step(
        "replay", (*choices, record.run_id), is_replay=True, timeout_seconds=seconds, context=listing.offering.context
    )


def diff(arguments: Arguments, listing: Listing, host: Host) -> Step:
    """`pyst diff` of two runs of the project that is served."""
    runs = [find_own_run(host, arguments[each]).run_id for each in ("left", "right")]
    output = [f"--output={arguments['output']}"] if "output" in arguments else []
    return Step("diff", (*output, *_choices(arguments), *runs))


def _choices(arguments: Arguments) -> list[str]:
    """What a comparison leaves out or lets pass."""
    words = [f"--ignore={each}" for each in arguments.get("ignore", ())]
    words += [f"--key={each}" for each in arguments.get("key", ())]
    named = (("absolute_tolerance", "--abs-tol"), ("relative_tolerance", "--rel-tol"))
    return words + [f"{flag}={arguments[name]!r}" for name, flag in named if name in arguments]
