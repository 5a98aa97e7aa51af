"""The tools that are pyst's own: what they are for, and their schemas. What they do is in `steps`.

What a client may not say (contexts, confinement, folders, variables, flags of uv) has no parameter here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.agents import steps
from pyst.agents.host import Host
from pyst.agents.schemas import RESERVED
from pyst.agents.tools import RUN

if TYPE_CHECKING:
    from pyst.agents.listing import Listing

MOST_CODE = 1 << 20
MOST_LISTED = 200
DAY = "days"


class Builtin(NamedTuple):
    """One tool. `command` is the command of pyst that it is made of; `step` gives the child that does it, or the answer
    itself, and raises `Failure`. `answers` describes the answer, where that is not what the command says."""

    tool: dict[str, Any]
    command: str
    step: Callable[[Mapping[str, Any], Listing, Host], steps.Step | dict[str, Any]]
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
STATUSES = ("running", "ok", "failed", "timed_out", "killed", "limit", "lost")
_SOME_TEXTS = {"type": "array", "maxItems": 50, "items": {"type": "string", "minLength": 1, "maxLength": 300}}
CHOICES: dict[str, dict[str, Any]] = {
    "ignore": {**_SOME_TEXTS, "description": "leave these out: `/place` in a document, `FILES`, `FILES#/place`"},
    "key": {**_SOME_TEXTS, "description": "columns that tell the rows of a table apart"},
    "absolute_tolerance": {"type": "number", "minimum": 0, "description": "numbers may differ by so much"},
    "relative_tolerance": {"type": "number", "minimum": 0, "description": "and by this part of the larger one"},
}

DESCRIBED = object_of(
    ("name", "selector", "origin", "summary", "entry", "tool"),
    name={"type": "string"},
    selector={"type": "string"},
    origin={"enum": ["project", "global", "installed", "path"]},
    summary={"type": "string"},
    entry={"type": "string"},
    tool={"type": ["string", "null"]},
)
_COUNT = {"type": "integer", "minimum": 0}
DROPPED = object_of(
    ("dry_run", "environments_kept", "environments_dropped", "runs_dropped", "freed_bytes"),
    dry_run={"type": "boolean"},
    environments_kept=_COUNT,
    environments_dropped=_COUNT,
    runs_dropped=_COUNT,
    freed_bytes=_COUNT,
)
LISTED = object_of(
    ("context", "total", "scripts", "next_offset"),
    context={"type": "string"},
    total={"type": "integer"},
    scripts={"type": "array", "items": DESCRIBED},
    next_offset={"type": ["integer", "null"]},
)


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
        steps.list_scripts,
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
        steps.script_info,
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
        steps.run_script,
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
        steps.run_code,
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
        steps.lock,
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
        steps.add_dependency,
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
        steps.doctor,
    ),
    Builtin(
        _tool(
            "gc",
            "Delete what is not needed",
            "Deletes environments that no script needs and that were not used for a while, and recorded runs that are "
            "older than the user's setting. Only says how much unless `dry_run` is false.",
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
        steps.gc,
        DROPPED,
    ),
    Builtin(
        _tool(
            "history",
            "Look at earlier runs",
            "The recorded runs of this project, newest first. Their logs and outputs are resources: "
            "`pyst://run/{run_id}/log`, `…/manifest`, `…/output/{path}`.",
            object_of(
                script=_text("only runs of this script: a name or `origin:name`", 512),
                status={"type": "array", "items": {"enum": list(STATUSES)}, "maxItems": len(STATUSES)},
                since=_text("only runs begun since then: `30m`, `2d`, `1w` ago, a date, or a time", 40),
                until=_text("only runs begun until then", 40),
                limit={"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 20},
            ),
            **_LOOKS,
        ),
        "history",
        steps.history,
    ),
    Builtin(
        _tool(
            "replay",
            "Repeat a run",
            "Runs a recorded run again with the same bytes of the script, lock, input and arguments. Then says what it "
            "rested on that has changed, and which outputs differ.",
            object_of(("run",), run=A_RUN, timeout_seconds=SECONDS, **CHOICES),
            readOnly=False,
            destructive=True,
            idempotent=False,
            openWorld=True,
        ),
        "replay",
        steps.replay,
    ),
    Builtin(
        _tool(
            "diff",
            "Compare two runs",
            "What differs between the outputs of two recorded runs: JSON by structure, tables by key, text by line.",
            object_of(
                ("left", "right"),
                left=A_RUN,
                right=A_RUN,
                output=_text("only this output, by its path in the record; `stdout`: what they printed", 1024),
                **CHOICES,
            ),
            **_LOOKS,
        ),
        "diff",
        steps.diff,
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
