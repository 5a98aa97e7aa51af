"""The tools that are pyst's own: their schemas, and which command line each becomes.

Nothing a client says becomes an option: words go behind `--`, numbers and names are checked first, and a script is only
ever one that is offered. What a tool may not say (contexts, confinement, folders, variables, flags of uv) has no
parameter here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pyst.agents.host import Host, Offered, Offering
from pyst.agents.schemas import RESERVED
from pyst.agents.texts import bounded, cleaned
from pyst.agents.tools import RUN, script_tools
from pyst.errors import Failure, did_you_mean

MOST_CODE = 1 << 20
MOST_LISTED = 200
DAY = "days"

Arguments = Mapping[str, Any]


class Step(NamedTuple):
    """The child that does a call: `pyst COMMAND WORDS…`.

    With `is_run` it is a recorded run: of the script `offered`, or of code on `stdin`. `is_typed`: its result is the
    one that the script's own tool promises. `input` is a JSON value for it, as text.
    """

    command: str
    words: tuple[str, ...] = ()
    stdin: bytes = b""
    is_run: bool = False
    is_typed: bool = False
    offered: Offered | None = None
    input: str | None = None
    timeout_seconds: float | None = None


class Builtin(NamedTuple):
    """One tool. `command` is the command of pyst that it is made of; `step` gives the child that does it, or the answer
    itself, and raises `Failure`. `answers` describes the answer, where that is not what the command says."""

    tool: dict[str, Any]
    command: str
    step: Callable[[Arguments, Offering, Host], Step | dict[str, Any]]
    answers: dict[str, Any] | None = None


def object_of(required: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _text(description: str, most: int = 256, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most, "description": description, **more}


NAME = _text("a script: its name, `origin:name`, or the name of its tool", 512)
WORDS = {
    "type": "array",
    "items": {"type": "string"},
    "description": "the words after the script's name on its command line, each as it is",
}
SECONDS = {
    "type": "number",
    "exclusiveMinimum": 0,
    "description": "end the run after so many seconds; the operator's own limit holds beside it",
}
INPUT = {"description": "any JSON value; the script finds it in the file that `$PYST_INPUT_PATH` names"}
REQUIREMENTS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 50,
    "items": _text("a package from the index, such as `httpx>=0.27`", 200),
}
A_RUN = _text("a run: its id, the unique beginning of one, or `last`", 64, pattern="^[0-9A-Za-z-]+$")

DESCRIBED = object_of(
    ("name", "selector", "origin", "summary", "entry", "tool"),
    name={"type": "string"},
    selector={"type": "string"},
    origin={"enum": ["project", "global", "installed", "path"]},
    summary={"type": "string"},
    entry={"type": "string"},
    tool={"type": ["string", "null"]},
)
LISTED = object_of(
    ("context", "total", "scripts", "next_offset"),
    context={"type": "string"},
    total={"type": "integer"},
    scripts={"type": "array", "items": DESCRIBED},
    next_offset={"type": ["integer", "null"]},
)


def _list_scripts(arguments: Arguments, offering: Offering, host: Host) -> dict[str, Any]:
    query = arguments.get("query", "").casefold()
    rows = [
        {
            "name": cleaned(each.script.name),
            "selector": cleaned(each.script.selector),
            "origin": each.script.origin,
            "summary": bounded(each.interface.summary, 500),
            "entry": each.interface.entry,
            "tool": tool["name"],
        }
        for tool, each in script_tools(offering.scripts)
        if query in f"{each.script.selector}\n{each.interface.summary}".casefold()
    ]
    start, size = arguments.get("offset", 0), arguments.get("limit", 50)
    more = start + size if start + size < len(rows) else None
    return {"context": offering.context, "total": len(rows), "scripts": rows[start : start + size], "next_offset": more}


def find_offered(name: str, offering: Offering) -> Offered:
    """The script that a client means. Raises `Failure` (E_NOT_OFFERED): other files can't be named at all."""
    for each in offering.scripts:
        if name in (each.script.name, each.script.selector):
            return each
    for tool, each in script_tools(offering.scripts):
        if name == tool["name"]:
            return each
    hint = did_you_mean(name[:100], [each.script.name for each in offering.scripts])
    hint = f"{hint}\n`pyst_list_scripts` finds those that are" if hint else "`pyst_list_scripts` finds those that are"
    raise Failure("E_NOT_OFFERED", f"no script `{name[:100]}` is offered here", hint=hint)


def _info(arguments: Arguments, offering: Offering, host: Host) -> Step:
    return Step("info", (find_offered(arguments["name"], offering).script.selector,))


def _run_script(arguments: Arguments, offering: Offering, host: Host) -> Step:
    offered = find_offered(arguments["name"], offering)
    return Step(
        "run",
        tuple(arguments.get("arguments", ())),
        is_run=True,
        offered=offered,
        input=_input(arguments),
        timeout_seconds=arguments.get("timeout_seconds"),
    )


def _run_code(arguments: Arguments, offering: Offering, host: Host) -> Step:
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
    """The selector of a script that a client may change: one that lies in the project's or the user's own folder.

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
    return offered.script.selector


def _lock(arguments: Arguments, offering: Offering, host: Host) -> Step:
    selector = _own_file(find_offered(arguments["name"], offering), host)
    flags = [f"--{each}" for each in ("check", "upgrade") if arguments.get(each)]
    return Step("lock", (*flags, selector))


def _add(arguments: Arguments, offering: Offering, host: Host) -> Step:
    selector = _own_file(find_offered(arguments["name"], offering), host)
    return Step("add", (f"--script={selector}", "--", *checked_requirements(arguments["requirements"])))


def _doctor(arguments: Arguments, offering: Offering, host: Host) -> Step:
    return Step("doctor")


def _gc(arguments: Arguments, offering: Offering, host: Host) -> Step:
    dry = () if arguments.get("dry_run", True) is False else ("--dry-run",)
    return Step("gc", (*dry, f"--older-than={arguments.get('older_than_days', 7)} days"))


def _tool(name: str, title: str, description: str, schema: dict[str, Any], **hints: bool) -> dict[str, Any]:
    return {
        "name": RESERVED + name,
        "title": title,
        "description": description,
        "inputSchema": schema,
        "annotations": {"title": title, **{f"{key}Hint": value for key, value in hints.items()}},
    }


_LOOKS = {"readOnly": True, "openWorld": False}

BUILTINS = (
    Builtin(
        _tool(
            "list_scripts",
            "Find scripts",
            "The scripts that can be run here, and what they are for. `query` is looked for in name and summary.",
            object_of(
                query=_text("a part of the name or the summary"),
                limit={"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 50},
                offset={"type": "integer", "minimum": 0, "default": 0},
            ),
            **_LOOKS,
        ),
        "list",
        _list_scripts,
        LISTED,
    ),
    Builtin(
        _tool(
            "script_info",
            "Describe a script",
            "All that is known of a script without running it: parameters, requirements, permissions, environment.",
            object_of(("name",), name=NAME),
            **_LOOKS,
        ),
        "info",
        _info,
    ),
    Builtin(
        _tool(
            "run_script",
            "Run a script by its command line",
            "Runs a script with words as on a command line. A script's own tool is better where there is one: its "
            "arguments are typed. The run is confined and recorded.",
            object_of(("name",), name=NAME, arguments=WORDS, input=INPUT, timeout_seconds=SECONDS),
            readOnly=False,
            destructive=True,
            idempotent=False,
            openWorld=True,
        ),
        "run",
        _run_script,
        RUN,
    ),
    Builtin(
        _tool(
            "run_code",
            "Run Python code",
            "Runs Python code that you wrote, confined: it sees the standard library, the packages in `requirements`, "
            "and its own output folder (`$PYST_OUTPUT_DIR`); no network and no other files of the user, unless the "
            "operator granted them. The run is recorded.",
            object_of(
                ("code",),
                code={"type": "string", "minLength": 1, "maxLength": MOST_CODE, "description": "Python source"},
                arguments=WORDS,
                requirements=REQUIREMENTS,
                is_async={"type": "boolean", "default": False, "description": "allow `await` outside functions"},
                input=INPUT,
                timeout_seconds=SECONDS,
            ),
            readOnly=False,
            destructive=True,
            idempotent=False,
            openWorld=True,
        ),
        "run",
        _run_code,
        RUN,
    ),
    Builtin(
        _tool(
            "lock",
            "Lock a script's dependencies",
            "Writes SCRIPT.lock beside a script of the project or the user: exact versions and hashes of all that its "
            "block asks for. With `check` nothing is written.",
            object_of(
                ("name",),
                name=NAME,
                check={"type": "boolean", "default": False, "description": "only say whether the lock fits"},
                upgrade={"type": "boolean", "default": False, "description": "take the newest versions"},
            ),
            readOnly=False,
            destructive=True,
            idempotent=False,
            openWorld=True,
        ),
        "lock",
        _lock,
    ),
    Builtin(
        _tool(
            "add_dependency",
            "Add packages to a script",
            "Changes the PEP 723 block in the file of a script of the project or the user. One for the same package is "
            "replaced.",
            object_of(("name", "requirements"), name=NAME, requirements=REQUIREMENTS),
            readOnly=False,
            destructive=True,
            idempotent=True,
            openWorld=False,
        ),
        "add",
        _add,
    ),
    Builtin(
        _tool(
            "doctor",
            "Examine pyst's installation",
            "Looks for what is wrong with pyst, uv, interpreters, folders and settings. Mends nothing.",
            object_of(),
            **_LOOKS,
        ),
        "doctor",
        _doctor,
    ),
    Builtin(
        _tool(
            "gc",
            "Delete unneeded environments",
            "Deletes environments that no script needs and that were not used for a while. Only shows them unless "
            "`dry_run` is false.",
            object_of(
                dry_run={"type": "boolean", "default": True, "description": "delete nothing"},
                older_than_days={"type": "integer", "minimum": 1, "maximum": 3650, "default": 7},
            ),
            readOnly=False,
            destructive=True,
            idempotent=True,
            openWorld=False,
        ),
        "gc",
        _gc,
    ),
)


def builtins_of(host: Host) -> dict[str, tuple[Builtin, dict[str, Any]]]:
    """The tools that this pyst has, by name, each with its form on the wire."""
    found = {}
    for each in BUILTINS:
        if each.command in host.details:
            answers = each.answers or answer_schema(host.details[each.command])
            found[each.tool["name"]] = (each, {**each.tool, "outputSchema": answers})
    return found


def answer_schema(detail: dict[str, Any]) -> dict[str, Any]:
    """The schema of what a command of pyst answers; `detail` is that of its own part."""
    texts = {key: {"type": ["string", "null"]} for key in ("level", "code", "message", "hint", "where")}
    remark = object_of(tuple(texts), **texts)
    return object_of(
        ("exit_code", "detail", "diagnostics"),
        exit_code={"type": "integer"},
        detail=detail,
        diagnostics={"type": "array", "items": remark},
    )
