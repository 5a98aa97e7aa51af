"""All examinations, in the order in which they are told, and how they are gone through."""

from __future__ import annotations

from collections.abc import Iterator

from pyst.errors import Failure
from pyst.upkeep import confinement, folders, installation, installed, leftovers, programs, stores, trial, variables
from pyst.upkeep.examination import Case, Examination, Result

EXAMINATIONS: tuple[Examination, ...] = (
    installation.python,
    installation.bytecode,
    installation.others,
    programs.uv,
    programs.interpreters,
    programs.index,
    folders.folders,
    folders.space,
    folders.clock,
    leftovers.leftovers,
    stores.settings,
    stores.environments,
    stores.answers,
    installed.installed_scripts,
    installed.mapped_scripts,
    variables.search_path,
    variables.python_variables,
    trial.trial,
    confinement.confinement,
)


def examine(case: Case, *, mend: bool = False) -> Iterator[Result]:
    """Go through all examinations. With `mend`, mend what can be mended, and look again."""
    for each in EXAMINATIONS:
        results = list(_results(each, case))
        if mend and any(result.mend for result in results):
            done = {result.name: _mended(result) for result in results if result.mend}
            results = [_after(result, done) for result in _results(each, case)]
        yield from results


def _results(examination: Examination, case: Case) -> Iterator[Result]:
    """What an examination says; one that can't be finished says that."""
    try:
        yield from examination(case)
    except (OSError, Failure) as error:
        name = examination.__name__
        hint = error.hint if isinstance(error, Failure) else ""
        yield Result(name, "fail", f"`{name}` can't be examined: {error}", hint)


def _mended(result: Result) -> str:
    assert result.mend is not None
    try:
        return result.mend()
    except (OSError, Failure) as error:
        return f"could not be mended: {error}"


def _after(result: Result, done: dict[str, str]) -> Result:
    return result._replace(mended=done.get(result.name))
