"""Writing memos: finished answers that `pyst.hotpath` may replay. Never an error: without one, pyst is only slower."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from marshal import dumps
from typing import TYPE_CHECKING, Any

from pyst import hotpath
from pyst.running.plan import Plan
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.confinement.walls import Walls


def save_plan(
    words: list[str],
    plan: Plan,
    taken: int,
    *,
    cwd: str,
    environ: Mapping[str, str],
    witness: Witness,
    own: str = "",
    label: str | None = None,
    record: tuple[Any, ...] | None = None,
) -> bool:
    """Keep `plan` for the next time that the same command line is given; says whether it was kept.

    `words` are those of the whole command line, `taken` the number of the script's own arguments at the end of the
    plan's argv. Everything that the plan rests on must have been looked at through `witness`. `own` is
    the folder of the environments. With a `label`, pyst stays while the plan is executed, and calls the script so;
    `record` then says how the run is recorded.
    """
    if words[:1] != ["run"] or plan.stdin is not None:
        return False
    found = hotpath.run_key(words[1:], cwd)
    if found is None:
        return False
    argv = plan.argv[: len(plan.argv) - taken]
    changes = tuple((os.fsencode(name), os.fsencode(value)) for name, value in plan.set_variables)
    removed = tuple(os.fsencode(name) for name in plan.unset_variables)
    answer: tuple[Any, ...] = (argv, plan.cwd, cwd, changes, removed, plan.used)
    if label is not None:
        leads = tuple((path, *found) for path, found in witness.leads.items())
        names = names_of(environ) if plan.walls is not None else b""
        answer += (label, plan.environment, plan.limits.timeout_seconds, _plain(plan.walls), leads, names, record)
    return _save(found[0], environ, False, witness, (), answer, own)


def _plain(walls: Walls | None) -> tuple[Any, ...] | None:
    return None if walls is None else tuple(tuple(each) if isinstance(each, tuple) else each for each in walls)


def names_of(environ: Mapping[str, str]) -> bytes:
    """A digest of the names of all variables: which of them a confined script sees rests on all that there are."""
    return hotpath.digest(dumps(sorted(environ), 2))


def save_print(
    words: list[str],
    text: str,
    exit_code: int,
    *,
    cwd: str,
    environ: Mapping[str, str],
    witness: Witness,
    trees: Iterable[tuple[str, bytes | None]],
) -> bool:
    """Keep what was printed on standard output for this command line; says whether it was kept.

    `trees` are the folders that were listed, each with its `survey.fingerprint_of` from before the listing.
    """
    key = hotpath.print_key(words, cwd)
    data = text.encode("utf-8", "backslashreplace")
    return _save(key, environ, True, witness, tuple(trees), (data, exit_code))


def _save(
    key: tuple[str, ...],
    environ: Mapping[str, str],
    for_print: bool,
    witness: Witness,
    trees: tuple[tuple[str, bytes | None], ...],
    answer: tuple[Any, ...],
    own: str = "",
) -> bool:
    from pyst.system.caches import write_cached

    told = {os.fsencode(name): os.fsencode(value) for name, value in environ.items()}
    folder = hotpath.cache_folder(told)
    if folder is None or not witness.is_settled(own):
        return False
    program = {hotpath.__file__: hotpath.stamp_of(hotpath.__file__)}  # another version of pyst may answer otherwise
    stamps = sorted({**witness.stamps, **program}.items())
    memo = hotpath.encode_memo(key, hotpath.surroundings(told, for_print), stamps, trees, answer, witness.times.items())
    return write_cached(hotpath.memo_path(folder, key), memo)
