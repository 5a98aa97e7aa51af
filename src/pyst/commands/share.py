"""`pyst share`: a script of yours as a gist, and the mapping that finds it again."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure
from pyst.report import Report
from pyst.system.terminal import Line, Span, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Share a script as a gist: a new one, or a new revision of the gist that it was shared in before. What is sent is shown
first, and refused where a secret stands in it. On other machines, `pyst run NAME` fetches it once the mapping is there
(`pyst sync`).
"""
EPILOG = """\
  pyst share word-count                 a secret gist: whoever has its address can read it
  pyst share --public word-count        one that everybody can find
  pyst share --dry-run word-count       show what would be sent

A token comes from GITHUB_PAT, GITHUB_TOKEN or `gh auth token`.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `share`."""
    add = parser.add_argument
    add("script", metavar="SCRIPT", help="a name, `origin:name`, or a path")
    seen = parser.add_mutually_exclusive_group()
    seen.add_argument("--public", action="store_true", help="everybody can find the gist")
    seen.add_argument("--secret", action="store_true", help="whoever has its address can read it (a new one is so)")
    add("--as", dest="as_", metavar="NAME", help="the name to share it under (default: as the script)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--gist", metavar="ID", help="put it into this gist of yours")
    which.add_argument("--new", action="store_true", help="make a new gist, though it was shared before")
    add("--description", metavar="TEXT", help="what the gist's page says (default: the script's summary)")
    add("--tag", action="append", default=[], metavar="TAG", help="a word to find it by (repeatable)")
    add("--no-lock", action="store_true", help="leave the script's lock out")
    add("--force", action="store_true", help="put it in place of what somebody else wrote there meanwhile")
    add("--dry-run", action="store_true", help="show what would be sent, and send nothing")


def run(app: App, args: argparse.Namespace) -> Report:
    """Share the script. Nothing is sent before a yes."""
    from pyst.commands.support.choosing import chosen_script
    from pyst.commands.support.publishing import Wish, share_script

    script = chosen_script(app, args.script)
    wish = Wish(
        public=True if args.public else False if args.secret else None,
        gist=_gist(app, args.gist),
        is_new=args.new,
        description=args.description,
        tags=_tags(args.tag),
        with_lock=not args.no_lock,
        force=args.force,
        dry_run=args.dry_run,
    )
    told = share_script(app, script.path, _name(app, args.as_, script.path), wish)
    return Report(told, exit_code=ExitCode.ERROR if told["action"] == "declined" else ExitCode.OK)


def _name(app: App, given: str | None, path: str) -> str:
    """The name in the mapping. Raises `Failure`: E_NAME (64), E_NAME_TWIN."""
    from pyst.sharing.mapping import read_mapping
    from pyst.sharing.names import check_name, suggest_name

    known = read_mapping(app.paths.mapping_file).scripts
    return check_name(suggest_name(path) if given is None else given, known, lambda _: None)


def _gist(app: App, word: str | None) -> str:
    """The id in `ID`, `gist:ID` or the address of a gist."""
    if word is None:
        return ""
    from pyst.sharing.source import parse_source

    source = parse_source(word if ":" in word else f"gist:{word}", "/", app.workspace.settings.share.api_base)
    if source.kind != "gist" or source.revision or source.file:
        message = f"`--gist {word}` names no gist"
        raise Failure("E_USAGE", message, hint="it is the number in the gist's address", exit=ExitCode.USAGE)
    return source.gist


def _tags(words: list[str]) -> tuple[str, ...]:
    from pyst.sharing.mapping import is_tag

    for each in words:
        if not is_tag(each):
            raise Failure("E_USAGE", f"`{each}` can't be a tag: it is a short text", exit=ExitCode.USAGE)
    return tuple(words)


def human(report: Report, view: View) -> Iterable[Line]:
    """One line: what was done, and the address."""
    told = report.detail
    name = Span(told["name"], "name")
    if told["action"] == "declined":
        yield ["nothing was sent"]
    elif told["action"] == "unchanged":
        yield [name, f" is shared as it is: gist {told['gist']}", Span(f"  {told['address'] or ''}", "dim")]
    elif told["action"] == "planned":
        kind = "public" if told["public"] else "secret"
        where = f"the {kind} gist {told['gist']}" if told["gist"] else f"a new {kind} gist"
        yield [name, f" would go to {where}"]
        for each in told["files"]:
            yield f"  {each['change']:<8} {each['name']}  {each['size_bytes']} bytes"
        yield from _lines(told["difference"])
    else:
        done = "is shared" if told["action"] == "created" else "is shared anew"
        yield [name, f" {done}: gist {told['gist']}", Span(f"  {told['address'] or ''}", "dim")]


def _lines(difference: str) -> Iterable[Line]:
    styles = {"+": "good", "-": "bad", "@": "code"}
    for line in difference.split("\n")[2:-1]:
        yield [Span(f"  {line}", styles.get(line[:1], ""))]


DETAIL: dict[str, Any] = record(
    action=one_of("created", "updated", "unchanged", "declined", "planned"),
    name=TEXT,
    path=TEXT,
    gist=MAYBE_TEXT,
    version=MAYBE_TEXT,
    file=TEXT,
    public=YES_NO,
    address=MAYBE_TEXT,
    sha256=TEXT,
    files=several(record(name=TEXT, change=one_of("added", "changed", "removed"), size_bytes=COUNT)),
    difference=TEXT,
)
