"""`pyst gists`: the scripts that lie in gists: listed, looked at, enabled, forgotten, imported."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, maybe, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.sharing.mapping import Mapped

DESCRIPTION = """\
The scripts that lie in gists, by the mapping that `pyst share` keeps and `pyst sync` brings to other machines. What
came from elsewhere does not run before it was enabled here.
"""
EPILOG = """\
  pyst gists list                  what is mapped, and how it stands here; needs no network
  pyst gists list --remote         all gists of yours
  pyst gists show NAME             the text of it, as it is mapped; nothing is executed or kept
  pyst gists show gist:ID[@REV]    the same of any gist
  pyst gists enable NAME...        let it run here, after a look
  pyst gists disable NAME...
  pyst gists forget NAME...        the gist and the file here stay
  pyst gists import [FILE]         take over the mapping of SM (~/.sm/mapping.json)
"""
ACTIONS = ("list", "show", "enable", "disable", "forget", "import")
STATES = {"here": "good", "older": "warn", "changed": "warn", "missing": "dim", "unknown": "dim"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `gists`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    doing = "list (the default), show one, enable or disable some, forget some, import SM's mapping"
    words = "list | show NAME | enable NAME... | disable NAME... | forget NAME... | import [FILE]"
    parser.add_argument("words", nargs="*", metavar=words, help=doing)
    parser.add_argument("--remote", action="store_true", help="list all gists that are yours on GitHub")
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help="list what has this tag")


def run(app: App, args: argparse.Namespace) -> Report:
    """Do what the first word says."""
    action, *targets = args.words or ["list"]
    if action not in ACTIONS:
        hint = did_you_mean(action, list(ACTIONS)) or f"it can {', '.join(ACTIONS)}"
        raise Failure("E_USAGE", f"`gists` can't `{action}`", hint=hint, exit=ExitCode.USAGE)
    if (args.remote or args.tag) and action != "list":
        raise Failure("E_USAGE", "`--remote` and `--tag` are for `gists list`", exit=ExitCode.USAGE)
    _check_count(action, targets)
    if action == "list":
        return _remote(app) if args.remote else _list(app, args.tag)
    if action == "show":
        return _show(app, targets[0])
    if action == "import":
        from pyst.commands.support.importing import import_mapping

        taken, left_out = import_mapping(app, targets[0] if targets else None)
        return Report(_detail(action, scripts=_rows(app, taken), left_out=left_out))
    if action == "enable":
        return _enable(app, targets)
    return _change(app, action, targets)


def _check_count(action: str, targets: list[str]) -> None:
    least = {"list": 0, "import": 0}.get(action, 1)
    most = {"list": 0, "import": 1, "show": 1}.get(action, 1000)
    if not least <= len(targets) <= most:
        takes = {"list": "no names", "show": "one name", "import": "at most one file"}.get(action, "names")
        raise Failure("E_USAGE", f"`gists {action}` takes {takes}", exit=ExitCode.USAGE)


def _detail(action: str, **given: Any) -> dict[str, Any]:
    return {"action": action, "scripts": [], "gists": [], "shown": None, "left_out": [], **given}


def _list(app: App, tags: list[str]) -> Report:
    from pyst.commands.support.importing import offer_import
    from pyst.sharing.mapping import read_mapping

    offer_import(app)
    scripts = read_mapping(app.paths.mapping_file).scripts
    rows = _rows(app, {name: each for name, each in scripts.items() if set(tags) <= set(each.tags)})
    return Report(_detail("list", scripts=rows))


def _rows(app: App, entries: Any) -> list[dict[str, Any]]:
    from pyst.commands.support.mapped import standing_of
    from pyst.sharing.mapping import read_mapping, tell_entry

    mapping = read_mapping(app.paths.mapping_file)
    rows = []
    for name, entry in sorted(entries.items()):
        path, state = standing_of(app, name, entry, mapping.known_here(name))
        told = {key: value for key, value in tell_entry(entry).items() if key not in entry.more}
        rows.append({"name": name, **told, "path": path, "state": state})
    return rows


def _remote(app: App) -> Report:
    from pyst.commands.support.fetching import fetcher_of
    from pyst.sharing.gists import Gists
    from pyst.sharing.mapping import read_mapping

    mapped: dict[str, list[str]] = {}
    for name, entry in read_mapping(app.paths.mapping_file).scripts.items():
        mapped.setdefault(entry.gist, []).append(name)
    gists = [
        {
            "gist": each.id,
            "public": each.public,
            "description": each.description,
            "files": list(each.files),
            "updated_at": each.updated_at,
            "address": each.address,
            "names": sorted(mapped.get(each.id, [])),
        }
        for each in Gists(fetcher_of(app, token_for="listing your gists")).list()
    ]
    return Report(_detail("list", gists=gists))


def _show(app: App, word: str) -> Report:
    """The text of a mapped script, or of any gist."""
    from pyst.commands.support.mapped import entry_of, fetch
    from pyst.scripts.decoding import decode_anyhow

    if ":" in word:
        fetched = _fetch_word(app, word)
        row = None
    else:
        entry = entry_of(app, word)
        fetched = fetch(app, word, entry)
        row = _rows(app, {word: entry})[0]
    shown = {
        "source": fetched.pinned.word,
        "sha256": fetched.sha256,
        "size_bytes": fetched.size_bytes,
        "has_lock": bool(fetched.siblings),
        "text": decode_anyhow(fetched.content),
    }
    return Report(_detail("show", scripts=[row] if row else [], shown=shown))


def _fetch_word(app: App, word: str) -> Any:
    from pyst.commands.support.fetching import fetcher_of
    from pyst.sharing.resolving import resolve_source
    from pyst.sharing.source import parse_source

    source = parse_source(word, app.cwd, app.workspace.settings.share.api_base)
    if source.kind != "gist":
        hint = "a mapped name, or `gist:ID[@revision][#file]`"
        raise Failure("E_USAGE", f"`{word}` names no gist", hint=hint, exit=ExitCode.USAGE)
    return resolve_source(source, fetcher_of(app))


def _enable(app: App, names: list[str]) -> Report:
    """Show what each is, ask, and bind the yes to exactly that. What is older here is brought to it."""
    from pyst.commands.support.looking import ask
    from pyst.commands.support.mapped import entry_of, fetch, find_own, keep, remember

    for found in [find_own(app, name) for name in names]:
        name, entry, before = found.name, found.entry, found.content
        if entry.enabled and entry.sha256:
            continue
        fetched = fetch(app, name, entry)
        unlike = before if before != fetched.content else None
        ask(app, name, found.path, fetched, unlike, f"Let `{name}` run on this machine?")
        if before is None or found.is_changed:
            remember(app, found, fetched, enabled=True, is_here=False)
        else:
            keep(app, found, fetched, enabled=True)
    return Report(_detail("enable", scripts=_rows(app, {name: entry_of(app, name) for name in names})))


def _change(app: App, action: str, names: list[str]) -> Report:
    from pyst.commands.support.mapped import entry_of
    from pyst.sharing.mapping import ScriptMapping, change_mapping

    before: dict[str, Mapped] = {name: entry_of(app, name) for name in names}

    def change(mapping: ScriptMapping) -> ScriptMapping:
        for name in names:
            old = mapping.scripts.get(name)
            if old is not None and action == "disable":
                mapping = mapping.with_script(name, old._replace(enabled=False))
            elif old is not None:
                mapping = mapping.without(name)
        return mapping

    after = change_mapping(app.paths.mapping_file, change, waiting=lambda: app.talk("waiting for another pyst"))
    return Report(_detail(action, scripts=_rows(app, {name: after.scripts.get(name, before[name]) for name in names})))


def human(report: Report, view: View) -> Iterable[Line]:
    """A table of what there is; the text of what is shown."""
    told = report.detail
    if told["shown"] is not None:
        shown = told["shown"]
        if view.is_terminal:  # else it is the text alone, for a pager or another program
            yield Span(f"{shown['source']}  {shown['size_bytes']} bytes, sha256 {shown['sha256']}", "dim")
            yield ""
        yield from shown["text"].removesuffix("\n").split("\n")
        return
    if told["gists"]:
        yield from table([_gist_row(each) for each in told["gists"]], view)
        return
    done = {"enable": "enabled", "disable": "disabled", "forget": "forgotten", "import": "imported"}
    if told["action"] in done:
        for each in told["scripts"]:
            yield [Span(done[told["action"]], "good"), "  ", Span(each["name"], "name")]
        for each in told["left_out"]:
            yield [Span("left out", "warn"), "  ", Span(each["name"], "name"), Span(f"  {each['reason']}", "dim")]
        return
    if told["scripts"]:
        yield from table([_script_row(each) for each in told["scripts"]], view)
    else:
        yield "nothing lies in gists yet; `pyst share SCRIPT` puts a script there"


def _script_row(row: dict[str, Any]) -> list[Span]:
    state = row["state"] if row["enabled"] else "disabled"
    word = f"gist:{row['gist']}" + (f"#{row['file']}" if row["file"] else "")
    more = " ".join((row["updated_at"][:10], *(f"#{each}" for each in row["tags"])))
    return [Span(row["name"], "name"), Span(state, STATES.get(state, "warn")), Span(word), Span(more, "dim")]


def _gist_row(row: dict[str, Any]) -> list[Span]:
    kind = "public" if row["public"] else "secret"
    names = ", ".join(row["names"]) or ", ".join(row["files"])
    style = "name" if row["names"] else ""
    return [
        Span(f"gist:{row['gist']}"),
        Span(kind, "warn" if row["public"] else "dim"),
        Span(row["updated_at"][:10], "dim"),
        Span(names, style),
        Span(row["description"], "dim"),
    ]


SCRIPT = record(
    name=TEXT,
    gist=TEXT,
    file=TEXT,
    version=TEXT,
    sha256=TEXT,
    created_at=TEXT,
    updated_at=TEXT,
    tags=several(TEXT),
    enabled=YES_NO,
    path=MAYBE_TEXT,
    state=one_of(*STATES),
)
GIST = record(
    gist=TEXT,
    public=YES_NO,
    description=TEXT,
    files=several(TEXT),
    updated_at=TEXT,
    address=TEXT,
    names=several(TEXT),
)
DETAIL: dict[str, Any] = record(
    action=one_of(*ACTIONS),
    scripts=several(SCRIPT),
    gists=several(GIST),
    shown=maybe(record(source=TEXT, sha256=TEXT, size_bytes=COUNT, has_lock=YES_NO, text=TEXT)),
    left_out=several(record(name=TEXT, reason=TEXT)),
)
