"""`pyst info`: all that is known of a script without running it; without a script, of this machine."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.choosing import chosen_script
from pyst.commands.support.confinement_schema import PERMISSIONS
from pyst.commands.support.installed import fact_rows, installed_data, integrity_remarks
from pyst.commands.support.machine import MACHINE, PARTS, describe_machine
from pyst.commands.support.markdown import code, plain
from pyst.commands.support.schema import (
    BROKEN,
    COUNT,
    INSTALLED,
    INTERFACE,
    MAYBE_TEXT,
    ORIGIN,
    TEXT,
    YES_NO,
    maybe,
    record,
    several,
)
from pyst.commands.support.usage import interface_lines, interface_markdown, without_secrets
from pyst.errors import ExitCode, Failure, Where
from pyst.report import Report, diagnostic_of
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.environments.spec import Environment
    from pyst.running.ground import Ground
    from pyst.scripts.script import Broken, Interface, Metadata, Script

DESCRIPTION = "Show all that is known of a script without running it; without a script, of this machine."


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `info`."""
    parser.add_argument("script", nargs="?", metavar="SCRIPT", help="a name, `origin:name` or a path")
    as_json = {"action": "store_const", "const": "json", "dest": "global_format", "default": argparse.SUPPRESS}
    parser.add_argument("--json", **as_json, help="the same as `--format json`")  # type: ignore[arg-type]
    parser.add_argument("--schema", action="store_true", help="the JSON Schema of the script's parameters, as a tool")
    machine = parser.add_argument_group("parts of the machine (all, where none is named)")
    for name, help in _PART_HELP.items():
        machine.add_argument(f"--{name}", action="store_const", const=name, dest=f"part_{name}", help=help)
    machine.add_argument("--versions", action="store_true", help="start each command that was found, for its version")


_PART_HELP = {
    "system": "pyst, Python, uv, the system, the shell, the project, the interpreters",
    "paths": "the folders and files that pyst uses",
    "commands": "the well-known commands that are on PATH",
    "env": "the names of the variables (never their values)",
    "syntax": "how bash, zsh, fish, PowerShell and cmd write the same thing",
}


def run(app: App, args: argparse.Namespace) -> Report:
    """Describe the script, or the machine."""
    parts = [name for name in PARTS if getattr(args, f"part_{name}") is not None]
    if args.script is None:
        _check_words(args.schema, "`--schema` goes with a script", "`pyst info SCRIPT --schema`")
        is_told = not args.versions or not parts or "commands" in parts
        _check_words(not is_told, "`--versions` goes with `--commands`", "`pyst info --commands --versions`")
        return Report(describe_machine(app, parts or PARTS, versions=args.versions))
    given = [f"--{each}" for each in parts] + (["--versions"] if args.versions else [])
    _check_words(bool(given), f"`{' '.join(given)}` is asked of the machine", "leave the script out")
    script = chosen_script(app, args.script)
    return Report(_schema(app, script) if args.schema else describe_script(app, script))


def _check_words(is_wrong: bool, message: str, hint: str) -> None:
    if is_wrong:
        raise Failure("E_USAGE", message, hint=hint, exit=ExitCode.USAGE)


def _interface(app: App, script: Script) -> tuple[Interface | None, dict[str, Any] | None]:
    """The interface alone, or why there is none; an environment is asked for only where it has more to say."""
    from pyst.scripts.discover import too_large
    from pyst.scripts.interfaces import interface_from_json

    stamp = app.witness.look(script.path)
    source = None if stamp and too_large(stamp) else app.witness.read(script.path)
    by_import = app.workspace.settings.core.introspection == "import"
    if source is not None and not by_import:
        _, interface, broken = _read(app, script, source)
        if interface is not None:
            return interface, broken._asdict() if broken else None
    found = describe_script(app, script)
    return (interface_from_json(found["interface"]) if found["interface"] else None), found["broken"]


def _schema(app: App, script: Script) -> dict[str, Any]:
    """The script as a tool: its name and texts, and the schemas of what goes in and comes out.

    Raises `Failure` (the reason, 126) where the script is broken.
    """
    from pyst.agents import schemas

    interface, reason = _interface(app, script)
    if interface is None:
        broken = reason or {"code": "E_SYNTAX", "message": "it can't be read", "line": 0}
        message = f"`{script.name}` has no schema: {broken['message']}"
        raise Failure(broken["code"], message, where=Where(script.path, broken["line"]), exit=ExitCode.CANNOT_EXECUTE)
    return {
        "name": schemas.tool_name(script.name),
        "title": schemas.title(interface, script.name),
        "description": schemas.description(interface, script.name),
        "input_schema": schemas.input_schema(interface),
        "output_schema": schemas.output_schema(interface),
    }


def describe_script(app: App, script: Script) -> dict[str, Any]:
    """All that is known of a script, as data. A broken script has a reason in place of an interface."""
    from pyst.commands.support.confining import permissions_data
    from pyst.running.ground import Ground
    from pyst.running.prepare import Target
    from pyst.scripts.discover import too_large
    from pyst.settings.trust import sha256_of

    stamp = app.witness.look(script.path)
    broken = too_large(stamp) if stamp else None
    source = app.witness.read(script.path) if not broken else None
    metadata, interface, environment, trusted, ground = None, None, None, False, None
    installed, altered = installed_data(app, script)
    for each in integrity_remarks(altered):
        app.remark(each)
    if source is not None:
        metadata, interface, broken = _read(app, script, source)
        trusted = _trusted(app, script, source)
        ground = Ground(script, Target(script.path), source, metadata, None, trusted, broken, altered=altered)
        environment = _environment(app, ground)
        if broken is not None and broken.code == "E_SYNTAX" and environment is not None:
            interface, broken = _by_newer(app, script, environment, broken)
        if interface is not None and trusted and not altered and app.workspace.settings.core.introspection == "import":
            interface = _by_import(app, ground, interface)
    return {
        "name": script.name,
        "selector": script.selector,
        "path": script.path,
        "origin": script.origin,
        "bytes": stamp[2] if stamp else 0,
        "sha256": sha256_of(source) if source is not None else None,
        "interface": without_secrets(interface, app.workspace.settings.document.redact).to_json()
        if interface
        else None,
        "broken": broken._asdict() if broken else None,
        "requires_python": metadata.requires_python if metadata else None,
        "requirements": [app.masked(each) for each in metadata.dependencies] if metadata else [],
        "lock": _lock(app, script),
        "context": _context(app, script),
        "trusted": trusted,
        "installed": installed,
        "permissions": permissions_data(app, ground) if ground else None,
        "environment": _environment_data(environment),
        "shadows": [each.script.path for each in app.catalog().twins_of(script)],
    }


def _trusted(app: App, script: Script, source: bytes) -> bool:
    """Whether the script is trusted, with a remark where only its lock is against that."""
    trust = app.workspace.trust
    if not trust.covers_bytes(script.path, source):
        return False
    doubt = trust.lock_doubt(script.path, app.witness)
    if doubt:
        from pyst.settings.trusting import lock_remark

        app.remark(lock_remark(script.path, doubt, script.selector))
    return not doubt


def _read(app: App, script: Script, source: bytes) -> tuple[Metadata | None, Interface | None, Broken | None]:
    """The block, the interface, and what is wrong with either."""
    from pyst.scripts.interfaces import read_cached_interface
    from pyst.scripts.introspect import Unparsable
    from pyst.scripts.metadata import parse_metadata
    from pyst.scripts.script import Broken

    metadata, interface, broken = None, None, None
    try:
        metadata = parse_metadata(source, script.path)
    except Failure as failure:
        broken = Broken(failure.code, failure.message, failure.where.line if failure.where else 0)
    try:
        cache = None if app.options.no_cache else app.paths.interfaces
        interface = read_cached_interface(source, script.path, cache)
    except Unparsable as unparsable:
        broken = unparsable.broken
    return metadata, interface, broken


def _by_newer(
    app: App, script: Script, environment: Environment, broken: Broken
) -> tuple[Interface | None, Broken | None]:
    """A syntax newer than pyst's own Python is read by the script's interpreter."""
    from pyst.commands.support.interpreted import interface_by_newer
    from pyst.scripts.script import Interface

    found = interface_by_newer(app, environment.interpreter, script.path)
    return (found, None) if isinstance(found, Interface) else (None, found or broken)


def _by_import(app: App, ground: Ground, interface: Interface) -> Interface:
    """The interface of a trusted script as its framework has it; without a framework there is nothing to ask."""
    from pyst.commands.support.interpreted import interface_by_import

    asks = interface.framework not in (None, "function")
    return interface_by_import(app, ground, interface) if asks else interface


def _lock(app: App, script: Script) -> dict[str, Any] | None:
    path = f"{script.path}.lock"
    return {"path": path} if app.witness.is_file(path) else None


def _context(app: App, script: Script) -> dict[str, Any]:
    from pyst.settings.contexts import Judge, active_context

    settings = app.workspace.settings
    name = active_context(app.options.context, app.environ, settings)
    verdict = Judge(name, settings).verdict(script)
    return {
        "name": name,
        "allowed": verdict.allowed,
        "rule": verdict.rule or None,
        "reason": verdict.reason,
        "where": str(verdict.where) if verdict.where else None,
    }


def _environment(app: App, ground: Ground) -> Environment | None:
    """The environment that the script would run in; None where none can be found for it."""
    from pyst.commands.support.environment import environment_for

    try:
        return environment_for(app, ground, build=False)
    except Failure as failure:
        app.remark(diagnostic_of(failure)._replace(level="warning"))
        return None


def _environment_data(environment: Environment | None) -> dict[str, Any] | None:
    if environment is None or environment.path is None:
        return None
    return {
        "key": environment.key,
        "path": environment.path,
        "python": environment.python,
        "exists": os.path.lexists(environment.python),
    }


def human(report: Report, view: View) -> Iterable[Line]:
    """What a person sees."""
    detail = report.detail
    if "input_schema" in detail:
        import json

        yield from json.dumps(detail["input_schema"], indent=2, ensure_ascii=False).split("\n")
        return
    if "interface" not in detail:
        from pyst.commands.support.machine_view import machine_lines

        yield from machine_lines(detail, view)
        return
    interface = detail["interface"]
    yield Span(detail["name"], "name")
    if interface and interface["summary"]:
        yield interface["summary"]
    if interface and interface["description"]:
        yield ""
        yield from interface["description"].split("\n")
    yield ""
    whole = view._replace(is_terminal=False)  # a path that is cut is of no use
    yield from table([(Span(name, "dim"), value) for name, value in _rows(detail)], whole)
    if interface:
        yield from interface_lines(interface, view)


def _rows(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts, each with its name."""
    context, broken = detail["context"], detail["broken"]
    rows = [("path", detail["path"]), ("selector", detail["selector"]), ("entry", _entry(detail["interface"]))]
    if broken:
        line = f" (line {broken['line']})" if broken["line"] else ""
        rows.append(("broken", f"{broken['message']}{line}"))
    rows += [
        ("requires-python", detail["requires_python"] or "any"),
        ("requirements", ", ".join(detail["requirements"]) or "none"),
        ("lock", detail["lock"]["path"] if detail["lock"] else "none"),
        ("context", f"{'allowed' if context['allowed'] else 'blocked'} in `{context['name']}`: {context['reason']}"),
        ("trusted", "yes" if detail["trusted"] else "no"),
        *fact_rows(detail["installed"]),
    ]
    if environment := detail["environment"]:
        rows.append(("environment", f"{environment['path']} ({'built' if environment['exists'] else 'not built'})"))
    from pyst.commands.support.confinement_words import said_by

    permissions = detail["permissions"] or {"profile": None, "items": []}
    if permissions["profile"]:
        rows.append(("profile", permissions["profile"]))
    for each in permissions["items"]:
        by = said_by(each)
        rows.append((each["state"], f"{each['kind']} {each['item']}{f' {by}' if by else ''}"))
    rows += [("shadows", path) for path in detail["shadows"]]
    return rows


def _entry(interface: dict[str, Any] | None) -> str:
    if interface is None:
        return "not known"
    words = {"block": "PEP 723 block", "framework": "", "main": "def main", "none": "the file itself"}
    framework = {"function": "called by pyst", None: ""}.get(interface["framework"], interface["framework"])
    return ", ".join(filter(None, (words[interface["entry"]], framework)))


def markdown(report: Report) -> str:
    """The same in Markdown."""
    detail = report.detail
    if "input_schema" in detail:
        return _schema_markdown(detail)
    if "interface" not in detail:
        from pyst.commands.support.machine_view import machine_markdown

        return machine_markdown(detail)
    interface = detail["interface"]
    texts = [interface["summary"], interface["description"]] if interface else []
    prose = "".join("\n" + "\n".join(plain(line) for line in text.split("\n")) + "\n" for text in texts if text)
    facts = "".join(f"- {name}: {code(value)}\n" for name, value in _rows(detail))
    return f"# {plain(detail['name'])}\n{prose}\n{facts}" + (interface_markdown(interface) if interface else "")


def _schema_markdown(detail: dict[str, Any]) -> str:
    """The schemas as they are, in fences; no text of the script can end these, since JSON has it on one line."""
    import json

    out = f"# {plain(detail['title'])}\n\n{code(detail['name'])}: {plain(detail['description'])}\n"
    for title, schema in (("Input", detail["input_schema"]), ("Output", detail["output_schema"])):
        if schema is not None:
            out += f"\n## {title}\n\n```json\n{json.dumps(schema, indent=2)}\n```\n"
    return out


DETAIL: dict[str, Any] = {
    "anyOf": [
        MACHINE,
        record(
            name=TEXT,
            title=TEXT,
            description=TEXT,
            input_schema={"type": "object"},
            output_schema={"type": ["object", "null"]},
        ),
        record(
            name=TEXT,
            selector=TEXT,
            path=TEXT,
            origin=ORIGIN,
            bytes=COUNT,
            sha256=MAYBE_TEXT,
            interface=maybe(INTERFACE),
            broken=BROKEN,
            requires_python=MAYBE_TEXT,
            requirements=several(TEXT),
            lock=maybe(record(path=TEXT)),
            context=record(name=TEXT, allowed=YES_NO, rule=MAYBE_TEXT, reason=TEXT, where=MAYBE_TEXT),
            trusted=YES_NO,
            installed=INSTALLED,
            permissions=maybe(PERMISSIONS),
            environment=maybe(record(key=TEXT, path=TEXT, python=TEXT, exists=YES_NO)),
            shadows=several(TEXT),
        ),
    ]
}
