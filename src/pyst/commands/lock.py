"""`pyst lock`: write the lock of a script beside it, or check the one that is there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.schema import COUNT, DIFFERENCES, TEXT, YES_NO, one_of, record
from pyst.errors import Failure, Fix
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.environments.spec import EnvSpec
    from pyst.running.ground import Ground
    from pyst.settings.trust import Entry

DESCRIPTION = """\
Write SCRIPT.lock: the exact versions and hashes of everything that the script's block asks for. A lock, once there,
is obeyed by every run; when the block changes, the run stops until it is locked again.
"""
FORMATS = ("uv", "pylock")


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `lock`."""
    parser.add_argument("script", metavar="SCRIPT", help="a name, `origin:name` or a path")
    parser.add_argument("--check", action="store_true", help="change nothing; fail unless the lock fits the block")
    parser.add_argument("--upgrade", "-U", action="store_true", help="take the newest versions, not those of the lock")
    parser.add_argument("--python", metavar="V", help="the Python to lock for, where the block names none")
    parser.add_argument(
        "--format",
        dest="global_format",
        choices=(*FORMATS, "human", "json"),
        default=argparse.SUPPRESS,
        help="of the lock: uv's own, or PEP 751's pylock.NAME.toml; or of the answer, as everywhere",
    )
    parser.add_argument("--lock-format", choices=FORMATS, help="of the lock, where `--format` is of the answer")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the lock to FILE")


def run(app: App, args: argparse.Namespace) -> Report:
    """Make the lock in a folder of ours, then put it in place, whole."""
    args.lock_format = args.lock_format or (app.options.format if app.options.format in FORMATS else "uv")
    from pyst.commands.support.accepting import accept
    from pyst.commands.support.environment import uv_of
    from pyst.environments.lock import check_lock, export_pylock, make_lock
    from pyst.scripts.catalog import is_installed
    from pyst.system.files import write_atomic, writing_failed

    ground = _ground(app, args.script)
    assert ground.script is not None
    if ground.altered is not None:
        raise ground.altered
    path = ground.script.path
    known = app.witness.read(path + ".lock", most_bytes=64 << 20)
    if ground.metadata is None:
        message = f"`{ground.label}` has no block that could be locked"
        raise Failure("E_NO_BLOCK", message, hint="give it one", fix=Fix(f"pyst add --script {args.script} PACKAGE"))
    uv, root = uv_of(app), app.paths.environments
    spec = _spec(app, ground, None if args.upgrade else known, args.python)
    words: dict[str, Any] = {"name": args.script, "source": ground.source}
    if args.check:
        if known is None:
            message = f"`{ground.label}` has no lock (`{path}.lock`)"
            raise Failure("E_LOCK_MISSING", message, fix=Fix(f"pyst lock {args.script}"))
        check_lock(_spec(app, ground, known, args.python), root, uv, **words)
        return Report(_detail(ground, path + ".lock", args, known, known))
    lock = make_lock(spec, root, uv, upgrade=args.upgrade, **words)
    target = os.path.join(app.cwd, args.output) if args.output else path + ".lock"
    data = lock
    if args.lock_format == "pylock":
        target = os.path.join(app.cwd, args.output) if args.output else _pylock_path(path)
        data = export_pylock(_spec(app, ground, lock, args.python), root, uv, **words)
    before = known if target == path + ".lock" else _known_file(target)
    if data != before:
        try:
            write_atomic(target, data, keep=True)
        except OSError as error:
            raise writing_failed(target, error) from error
        if target == path + ".lock" and ground.trusted:
            _keep_trust(app, path, data)
        if target == path + ".lock" and is_installed(path, app.paths):
            accept(app, path, only_lock=True, trusted=ground.trusted)
    detail = _detail(ground, target, args, known, lock, changed=data != before)
    return Report(detail, (*_remarks(args, target), *_trust_remark(app, ground, args.script)))


def _keep_trust(app: App, path: str, lock: bytes) -> None:
    """Bind the trust in the script to the lock that was just written: it is the user's own doing."""
    from pyst.settings.trust import change_trust, sha256_of

    real = os.path.realpath(path)

    def change(known: dict[str, Entry]) -> dict[str, Entry]:
        if real in known:
            known[real] = known[real]._replace(lock=sha256_of(lock))
        return known

    change_trust(app.paths.trust_file, change)


def _trust_remark(app: App, ground: Ground, word: str) -> tuple[Diagnostic, ...]:
    """A remark where the script was trusted with another lock, or with none."""
    from pyst.settings.trusting import lock_remark
    from pyst.system.witness import Witness

    assert ground.script is not None
    path = ground.script.path
    if not ground.lock_doubt:
        return ()
    doubt = app.workspace.trust.lock_doubt(path, Witness())
    return (lock_remark(path, doubt, word),) if doubt else ()


def _ground(app: App, word: str) -> Ground:
    from pyst.running.ground import ground_of_script
    from pyst.scripts.catalog import places_from

    return ground_of_script(
        word,
        workspace=app.workspace,
        places=places_from(app.workspace, app.paths),
        paths=app.paths,
        context=app.options.context,
        environ=app.environ,
        cwd=app.cwd,
        witness=app.witness,
    )


def _spec(app: App, ground: Ground, lock: bytes | None, python: str | None) -> EnvSpec:
    from pyst.commands.support.environment import uv_of
    from pyst.environments.interpreters import find_interpreter
    from pyst.environments.spec import make_spec, wanted_python
    from pyst.system.uv import settings_that_count, sort_flags

    assert ground.script is not None
    flags, flagged_python, _ = sort_flags(app.workspace.settings.core.uv.flags)
    python = python or flagged_python
    wanted = wanted_python(ground.metadata, lock)
    interpreter = find_interpreter(
        python, wanted, root=app.paths.environments, uv=uv_of(app), cwd=app.cwd, flags=flags, witness=app.witness
    )
    return make_spec(
        ground.metadata,
        interpreter,
        script_path=ground.script.path,
        lock=lock,
        flags=flags,
        settings=settings_that_count(app.environ, app.witness.read),
        allow_build=ground.trusted,
    )


def _known_file(path: str) -> bytes | None:
    from pyst.system.witness import Witness

    return Witness().read(path, most_bytes=64 << 20)


def _pylock_path(script: str) -> str:
    """`pylock.NAME.toml` beside the script; NAME holds no dot (PEP 751)."""
    stem = os.path.basename(script).removesuffix(".py").replace(".", "-")
    return os.path.join(os.path.dirname(script), f"pylock.{stem}.toml")


def packages_of(lock: bytes) -> dict[str, str] | None:
    """Name → versions of what a lock of uv's holds; None where it is none."""
    import tomllib

    try:
        listed = tomllib.loads(lock.decode()).get("package", [])
        versions: dict[str, list[str]] = {}
        for each in listed:
            versions.setdefault(str(each["name"]), []).append(str(each.get("version", "?")))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return None
    return {name: " ".join(sorted(found)) for name, found in sorted(versions.items())}


def _detail(
    ground: Ground, path: str, args: argparse.Namespace, before: bytes | None, after: bytes, *, changed: bool = False
) -> dict[str, Any]:
    old, new = packages_of(before or b"") or {}, packages_of(after) or {}
    changes = [
        {"name": name, "before": old.get(name), "after": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    return {
        "script": ground.label,
        "path": path,
        "lock_format": args.lock_format,
        "action": "check" if args.check else "lock",
        "changed": changed,
        "packages": len(new),
        "changes": changes,
    }


def _remarks(args: argparse.Namespace, target: str) -> tuple[Diagnostic, ...]:
    if args.lock_format == "uv" and not args.output:
        return ()
    return (Diagnostic("info", "I_LOCK_NOT_OBEYED", f"`{target}` is for other tools; runs obey `SCRIPT.lock`"),)


def human(report: Report, view: View) -> Iterable[Line]:
    """What was written, and what changed in it."""
    detail = report.detail
    count = f"{detail['packages']} package{'' if detail['packages'] == 1 else 's'}"
    if detail["action"] == "check":
        return [[Span("fits", "good"), f"  {detail['path']}  ({count})"]]
    word = Span("locked", "good") if detail["changed"] else Span("unchanged", "dim")
    lines: list[Line] = [[word, f"  {detail['path']}  ({count})"]]
    rows = [
        (each["name"], Span(each["before"] or "(new)", "dim"), "→", each["after"] or "(gone)")
        for each in detail["changes"]
    ]
    return [*lines, *table(rows, view, indent=2)]


DETAIL: dict[str, Any] = record(
    script=TEXT,
    path=TEXT,
    lock_format=one_of(*FORMATS),
    action=one_of("check", "lock"),
    changed=YES_NO,
    packages=COUNT,
    changes=DIFFERENCES,
)
