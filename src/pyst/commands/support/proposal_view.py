"""How a person sees a proposed version of a script, before the question and in the answer; and its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyst.commands.support.schema import COUNT, DIFFERENCES, MAYBE_TEXT, TEXT, YES_NO, maybe, one_of, record, several
from pyst.confinement.permissions import EVERYTHING
from pyst.system.terminal import Line, Span, View

MOST_SHOWN_LINES = 400
MOST_SHOWN_ROWS = 100
MOST_UNCOUNTED = 12
MOST_SHOWN_COLUMNS = 1000
"""A hostile author must not be able to scroll away what matters."""


def proposal_lines(data: dict[str, Any], view: View) -> Iterator[Line]:
    """All that matters for a yes or a no: where it comes from, what it says and asks for, what is different."""
    yield [Span(data["name"], "name"), f"  {bounded(data['summary'], 200)}" if data["summary"] else ""]
    yield from fact_lines(data)
    before, changes = data["before"], data["changes"]
    if before is not None and data["action"] == "replace":
        there = f"what is installed from {before['source']}" if before["source"] else "a file that pyst did not install"
        yield [Span("  replaces       ", "warn"), there]
    if before is not None and before["is_changed"] and before["source"]:
        yield [Span("  lost           ", "warn"), "what was changed here since it was installed"]
    yield from _change_rows("requirements", changes["requirements"])
    yield from _change_rows("packages", changes["packages"])
    yield from _permission_rows(changes["permissions"])
    if changes["code"]:
        yield ""
        yield from code_lines(changes["code"])
    elif before is None:
        yield [Span("  code           ", "dim"), f"{data['size_bytes']} bytes, sha256 {data['sha256']}"]


def fact_lines(data: dict[str, Any]) -> Iterator[Line]:
    """What a version is, requires and asks for, each fact within bounds."""
    yield _row("from", data["pinned"])
    if data["requires_python"]:
        yield _row("python", data["requires_python"])
    yield _row("requires", _listed(data["requirements"]) or "nothing")
    if data["origins"]:
        yield [Span("  packages from  ", "warn"), _listed(data["origins"])]
    if data["locked"]:
        yield _row("locked", _listed(data["locked"]))
    if data["other_files"]:
        files = _listed(data["other_files"])
        yield [Span("  beware         ", "bad"), f"the lock that came along has other files than your index of {files}"]
    for kind, items in data["permissions"].items():
        yield _row(f"asks for {kind}", _widest_first(kind, items))
    if not data["permissions"]:
        yield _row("asks for", "nothing that every run does not have")


def _widest_first(kind: str, items: list[str]) -> str:
    """The items, those that mean everything or have a `*` before all others, which may be too many to be shown."""
    return _listed(_by_width(kind, items))


def _by_width(kind: str, items: list[str]) -> list[str]:
    return sorted(items, key=lambda item: (item != EVERYTHING.get(kind), "*" not in item, item))


def growth_words(growth: Mapping[str, list[str]]) -> str:
    """What is asked for beyond what was, in one line; the widest of each kind before all others."""
    return "; ".join(f"{kind} {_widest_first(kind, items)}" for kind, items in growth.items())


def _listed(items: list[str]) -> str:
    """As many of the items as anybody reads; of a long list, how long it is."""
    count = f" ({len(items)} in all)" if len(items) > MOST_UNCOUNTED else ""
    return bounded(", ".join(items), MOST_SHOWN_COLUMNS - 100) + count


def _row(name: str, text: str) -> Line:
    return [Span(f"  {name:<15}", "dim"), bounded(text)]


def bounded(text: str, most_columns: int = MOST_SHOWN_COLUMNS) -> str:
    """The text, or as much of it as anybody reads, and how much more there is."""
    if len(text) <= most_columns:
        return text
    return f"{text[:most_columns]}… ({len(text) - most_columns} more characters)"


def _change_rows(name: str, rows: list[dict[str, Any]]) -> Iterator[Line]:
    if len(rows) > MOST_SHOWN_ROWS:
        yield [
            Span(f"  {name:<15}", "dim"),
            Span(f"{len(rows) - MOST_SHOWN_ROWS} more changes than those below", "warn"),
        ]
    for each in rows[:MOST_SHOWN_ROWS]:
        mark = "+" if each["before"] is None else "-" if each["after"] is None else "~"
        was = f"{each['before']} → {each['after']}" if mark == "~" else each["after"] or each["before"]
        text = was if name == "requirements" else f"{each['name']} {was}"
        style = {"+": "good", "-": "bad"}.get(mark, "warn")
        yield [Span(f"  {name:<15}", "dim"), Span(bounded(f"{mark} {text}", 200), style)]


def _permission_rows(permissions: dict[str, dict[str, list[str]]]) -> Iterator[Line]:
    grown = {(kind, each) for kind, items in permissions["grown"].items() for each in items}
    for sign, style, table in (("+", "good", permissions["added"]), ("-", "dim", permissions["removed"])):
        for kind, items in table.items():
            if len(items) > MOST_SHOWN_ROWS:
                beyond = f"{sign} {len(items) - MOST_SHOWN_ROWS} more of {kind} than those below"
                yield [Span(f"  {'permissions':<15}", "dim"), Span(beyond, "warn")]
            for each in _by_width(kind, items)[:MOST_SHOWN_ROWS]:
                more = "  (more than before)" if sign == "+" and (kind, each) in grown else ""
                mark = Span(f"{sign} {kind} {bounded(each, 200)}{more}", "bad" if more else style)
                yield [Span(f"  {'permissions':<15}", "dim"), mark]


def code_lines(code: str) -> Iterator[Line]:
    """A unified diff, its lines coloured; all of a very long one is for `--format json`."""
    lines = code.rstrip("\n").split("\n")
    for each in lines[:MOST_SHOWN_LINES]:
        style = {"+": "good", "-": "bad", "@": "code"}.get(each[:1], "")
        yield Span(bounded(each), "bold" if each.startswith(("+++", "---")) else style)
    if len(lines) > MOST_SHOWN_LINES:
        yield Span(f"… {len(lines) - MOST_SHOWN_LINES} more lines; `--dry-run --format json` has all of them", "warn")


def source_lines(source: str) -> Iterator[Line]:
    """The text of a script, its lines numbered."""
    for number, each in enumerate(source.rstrip("\n").split("\n"), 1):
        yield [Span(f"{number:>5}  ", "dim"), each]


def results_lines(rows: list[dict[str, Any]], view: View, *, dry_run: bool) -> Iterator[Line]:
    """What became of the proposals of one command, as a person sees it."""
    for each in rows:
        yield from _result_lines(each, view, dry_run=dry_run)
    if any(each["done"] and not each["shim"]["is_on_path"] for each in rows):
        told = "(that folder is not on PATH; `pyst info --paths` has the line that puts it there)"
        yield Span(" " * 13 + told, "dim")


def _result_lines(data: dict[str, Any], view: View, *, dry_run: bool) -> Iterator[Line]:
    if dry_run and data["action"] != "unchanged":
        yield from proposal_lines(data, view)
        return
    done = {"install": "installed", "replace": "replaced", "update": "updated"}
    word = Span("unchanged", "dim")
    if data["action"] != "unchanged":
        word = Span(done[data["action"]], "good") if data["done"] else Span("declined", "warn")
    elif data["done"]:
        word = Span("mended", "good")
    yield [word, "  ", Span(data["name"], "name"), f"  {data['pinned']}"]
    if data["done"]:
        yield [Span("  command    ", "dim"), data["shim"]["path"]]


_BY_KIND: dict[str, Any] = {
    "type": "object",
    "propertyNames": one_of("read", "write", "net", "env", "run", "sandbox"),
    "additionalProperties": several(TEXT),
}
PROPOSAL: dict[str, Any] = record(
    name=TEXT,
    action=one_of("install", "replace", "update", "unchanged"),
    done=YES_NO,
    path=TEXT,
    source=TEXT,
    pinned=TEXT,
    commit=MAYBE_TEXT,
    sha256=TEXT,
    size_bytes=COUNT,
    summary=TEXT,
    requires_python=MAYBE_TEXT,
    requirements=several(TEXT),
    origins=several(TEXT),
    permissions=_BY_KIND,
    locked=maybe(several(TEXT)),
    other_files=several(TEXT),
    shim=record(path=TEXT, kind=one_of("pyst", "direct"), is_on_path=YES_NO),
    before=maybe(record(source=MAYBE_TEXT, pinned=MAYBE_TEXT, commit=MAYBE_TEXT, sha256=MAYBE_TEXT, is_changed=YES_NO)),
    changes=record(
        code=MAYBE_TEXT,
        requirements=DIFFERENCES,
        packages=DIFFERENCES,
        permissions=record(added=_BY_KIND, removed=_BY_KIND, grown=_BY_KIND),
    ),
)
