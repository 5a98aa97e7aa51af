"""`pyst explain`: why a script is allowed or blocked: the rule, its file and line, and all that had a say."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.config import IGNORED, ignored_remarks
from pyst.commands.support.choosing import chosen_script
from pyst.commands.support.confinement_rules import profile_data
from pyst.commands.support.confinement_schema import PERMISSIONS, PROFILE
from pyst.commands.support.confinement_words import permission_lines
from pyst.commands.support.installed import fact_rows, installed_data, integrity_remarks
from pyst.commands.support.schema import INSTALLED, maybe
from pyst.report import Report, diagnostic_of
from pyst.settings.contexts import Judge, Rule, active_context
from pyst.settings.trusting import lock_remark
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = "Say whether the context allows a script, by which rule, and what else had a say. Runs nothing."


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `explain`."""
    parser.add_argument("script", metavar="SCRIPT", help="a name, `origin:name`, or a path")


def run(app: App, args: argparse.Namespace) -> Report:
    """Judge the script, and show the rules. Blocked or not, this succeeds."""
    found = app.workspace
    script = chosen_script(app, args.script)
    context = active_context(app.options.context, app.environ, found.settings)
    verdict = Judge(context, found.settings).verdict(script)
    doubt = found.trust.lock_doubt(script.path, app.witness)
    trusted = found.trust.covers_file(script.path, app.witness)
    if trusted and doubt:
        app.remark(lock_remark(script.path, doubt, args.script))
    installed, altered = installed_data(app, script)
    ways_on = [] if verdict.allowed else _ways_on(args.script, verdict.deciding)
    detail = {
        "script": script.name,
        "path": script.path,
        "origin": script.origin,
        "context": context,
        "chosen_by": _chooser(app),
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "rule": verdict.deciding.to_json() if verdict.deciding else None,
        "matching": [rule.to_json() for rule in verdict.matching],
        "trusted": trusted and not doubt,
        "project_trusted": found.project_trusted,
        "installed": installed,
        "profile": profile_data(app),
        "permissions": _permissions(app, args.script),
        "ignored": [each.to_json() for each in found.settings.ignored],
        "ways_on": [*ways_on, *([altered.hint] if altered is not None and altered.hint else [])],
    }
    remarks = (*integrity_remarks(altered), *ignored_remarks(found.settings.ignored, found.root, app.cwd))
    return Report(detail, remarks)


def _permissions(app: App, word: str) -> dict[str, Any] | None:
    from pyst.commands.support.confining import permissions_data
    from pyst.commands.support.starting import ground_of_word
    from pyst.errors import Failure

    try:
        return permissions_data(app, ground_of_word(app, word))
    except Failure as failure:  # a broken script has a verdict all the same
        app.remark(diagnostic_of(failure)._replace(level="warning"))
        return None


def _chooser(app: App) -> str:
    if app.options.context is not None:
        return "--context"
    return "PYST_CONTEXT" if app.environ.get("PYST_CONTEXT") else "default"


def _ways_on(word: str, rule: Rule | None) -> list[str]:
    import shlex

    ways = [f"`pyst run --force {shlex.quote(word)}` runs it all the same; that is recorded"]
    ways.append("`--context NAME` or `PYST_CONTEXT` chooses another context")
    if rule and rule.where:
        ways.append(f"change the rule in {rule.where.path}:{rule.where.line}")
    elif rule is None:
        ways.append("add a rule that allows it: `pyst config edit`")
    return ways


def human(report: Report, view: View) -> Iterable[Line]:
    """The verdict, the rule, and the rest, a line each."""
    detail = report.detail
    allowed = detail["allowed"]
    yield [
        Span(detail["script"], "name"),
        " is ",
        Span("allowed" if allowed else "blocked", "good" if allowed else "bad"),
    ]
    rows = [("path", detail["path"]), ("context", f"{detail['context']} (by {detail['chosen_by']})")]
    rows.append(("because", detail["reason"]))
    if rule := detail["rule"]:
        rows.append(("rule", f"{rule['rule']}  ({_place(rule)})"))
    rows.append(("script", "trusted" if detail["trusted"] else "not trusted"))
    rows.append(("project", "trusted" if detail["project_trusted"] else "not trusted"))
    rows += fact_rows(detail["installed"])
    if chosen := detail["profile"]:
        rows.append(("profile", f"{chosen['name']} (by {chosen['chosen_by']})"))
    yield from table([(Span(name, "dim"), value) for name, value in rows], view, indent=2)
    if len(detail["matching"]) > 1:
        yield "the rules that match, the last decides:"
        matching = [
            (each["rule"], each["effect"], _place(each), " → ".join(each["chain"])) for each in detail["matching"]
        ]
        yield from table(matching, view, indent=2)
    if detail["permissions"] and detail["permissions"]["items"]:
        mode = detail["permissions"]["mode"]
        by = "the settings and the profile" if detail["profile"] else "the settings"
        by += ", or its own wish" if detail["permissions"]["wished"] else ""
        yield "confined " + ("when `--sandbox` asks for it:" if mode == "off" else f"by {by} ({mode}):")
        for line in permission_lines(detail["permissions"]):
            yield ["  ", *line] if isinstance(line, list) else line
    for each in detail["ignored"]:
        place = f"{each['origin']['path']}:{each['origin']['line']}"
        yield [Span("ignored: ", "warn"), each["key"], Span(f"  {each['reason']} ({place})", "dim")]
    for way in detail["ways_on"]:
        yield [Span("way on: ", "dim"), way]


def _place(rule: dict[str, Any]) -> str:
    return f"{rule['path']}:{rule['line']}" if rule["path"] else "built in"


_RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rule", "effect", "context", "chain", "origin", "path", "line"],
    "properties": {
        "rule": {"type": "string"},
        "effect": {"enum": ["allow", "deny"]},
        "context": {"type": "string"},
        "chain": {"type": "array", "items": {"type": "string"}},
        "origin": {"enum": ["default", "global", "pyproject", "project"]},
        "path": {"type": ["string", "null"]},
        "line": {"type": ["integer", "null"], "minimum": 1},
    },
}
_PROPERTIES: dict[str, Any] = {
    "script": {"type": "string"},
    "path": {"type": "string"},
    "origin": {"enum": ["project", "global", "installed", "path"]},
    "context": {"type": "string"},
    "chosen_by": {"enum": ["--context", "PYST_CONTEXT", "default"]},
    "allowed": {"type": "boolean"},
    "reason": {"type": "string"},
    "rule": {"oneOf": [_RULE, {"type": "null"}]},
    "matching": {"type": "array", "items": _RULE},
    "trusted": {"type": "boolean"},
    "project_trusted": {"type": "boolean"},
    "installed": INSTALLED,
    "profile": maybe(PROFILE),
    "permissions": maybe(PERMISSIONS),
    "ignored": IGNORED,
    "ways_on": {"type": "array", "items": {"type": "string"}},
}
DETAIL: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": list(_PROPERTIES),
    "properties": _PROPERTIES,
}
