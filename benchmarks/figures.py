"""The figures that pyst promises, one function each: what is run, beside what, and how many times.

Every function first sees to it that both sides do the same work, and only then takes the time.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ground import Ground, Install
from measure import Command, compare, run_once, run_together, spread
from scripts import FUNCTION, WITH_NONE, WITH_TWO, fresh_script

EVERYWHERE = (("pip", "3.11"), ("pip", "3.13"), ("uv", "3.11"), ("uv", "3.13"))
BY_PIP = (("pip", "3.11"), ("pip", "3.13"))
AT_ONCE = 50
IN_A_ROW = 1000


class Row(NamedTuple):
    """One line of the table: the times in seconds, and the ratio (or the seconds) with its two bounds, if any."""

    figure: str
    where: str
    seconds: float
    spread: float
    peer_seconds: float | None
    value: float
    must: float | None = None
    aim: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.must is None or self.aim is None:
            return ""
        return "aim" if self.value <= self.aim else "must" if self.value <= self.must else "MISSED"


class Bench(NamedTuple):
    """How the figures are taken: where, how often, and by whose installations."""

    ground: Ground
    rounds: int

    def row(
        self, figure: str, where: object, ours: Command, peer: Command, must: float | None, aim: float | None
    ) -> Row:
        """The row of one pair."""
        pair = compare(ours, peer, self.rounds)
        medians = statistics.median(pair.ours), statistics.median(pair.peers)
        return Row(figure, str(where), medians[0], spread(pair.ours), medians[1], pair.ratio, must, aim)


def run_with_two(bench: Bench) -> Iterator[Row]:
    """A script with two dependencies, warm."""
    yield from _warm_runs(bench, "with-two.py", WITH_TWO, "run, 2 dependencies / uv run --script")


def run_with_none(bench: Bench) -> Iterator[Row]:
    """A script without dependencies, warm."""
    yield from _warm_runs(bench, "with-none.py", WITH_NONE, "run, no dependency / uv run --script")


def _warm_runs(bench: Bench, name: str, text: str, figure: str) -> Iterator[Row]:
    for how, version in EVERYWHERE:
        install = bench.ground.install(how, version)
        path = str(bench.ground.script(f"{version}-{name}", text))  # uv keeps the interpreter that it once chose
        ours = bench.ground.pyst(install, "run", path)
        peer = bench.ground.uv(install, "run", "--script", path)
        said = run_once(ours)[1], run_once(peer)[1]
        if said[0] != said[1]:
            raise RuntimeError(f"pyst and uv ran different things:\n{said[0]}{said[1]}")
        yield bench.row(figure, install, ours, peer, 0.90, 0.75)


def direct(bench: Bench) -> Iterator[Row]:
    """What `--dry-run` says, executed by hand, beside the interpreter on the file."""
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        path = str(bench.ground.script("with-none.py", WITH_NONE))
        ours, peer = _planned(bench.ground, install, path), bench.ground.bare(install, path)
        yield bench.row("dry-run's argv by hand / bare interpreter", install, ours, peer, 1.05, 1.00)
        path = str(bench.ground.script("function.py", FUNCTION))
        ours = _planned(bench.ground, install, path)
        yield bench.row("  (the same, pyst calls `def main`)", install, ours, peer, None, None)


def _planned(ground: Ground, install: Install, path: str) -> Command:
    """The command that the plan of `pyst run PATH` holds."""
    asked = ground.pyst(install, "run", "--dry-run", "--format", "json", path)
    plan = json.loads(run_once(asked)[1])["detail"]["plan"]
    environ = {name: each for name, each in asked.environ.items() if name not in plan["unset_variables"]}
    return Command(tuple(plan["argv"]), environ | plan["set_variables"], plan["cwd"])


def list_1000(bench: Bench) -> Iterator[Row]:
    """The list of 1,000 scripts, warm and piped."""
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        ours = _list(bench.ground, install, 1000)
        bare = bench.ground.bare(install, "-c", "pass")
        just = bench.ground.just_list(1000)
        yield bench.row("list 1,000, warm / bare interpreter", install, ours, bare, 4, 2)
        yield bench.row("  (the same / just --list)", install, ours, just, None, None)


def list_1000_cold(bench: Bench) -> Iterator[Row]:
    """The list of 1,000 scripts with an empty cache: seconds."""
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        ours = _list(bench.ground, install, 1000)
        pair = compare(ours, bench.ground.bare(install, "-c", "pass"), bench.rounds, before=bench.ground.forget)
        seconds = statistics.median(pair.ours)
        yield Row("list 1,000, cold: seconds", str(install), seconds, spread(pair.ours), None, seconds, 0.8, 0.2)


def list_10000(bench: Bench) -> Iterator[Row]:
    """The list of 10,000 scripts, warm, beside `just --list` of as many recipes."""
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        ours = _list(bench.ground, install, 10_000)
        yield bench.row("list 10,000, warm / just --list", install, ours, bench.ground.just_list(10_000), 0.8, 0.35)


def _list(ground: Ground, install: Install, count: int) -> Command:
    command = ground.pyst(install, "list", cwd=ground.project(count))
    said = run_once(command)[1]
    if len(said.splitlines()) < count:
        raise RuntimeError(f"pyst listed {len(said.splitlines())} lines for {count} scripts")
    return command


def complete(bench: Bench) -> Iterator[Row]:
    """Completion of a script's name and of its flags, warm."""
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        bare = bench.ground.bare(install, "-c", "pass")
        project = bench.ground.project(1000)
        for label, wanted, words in (
            ("complete run <TAB>", "orders", ("run", "")),
            ("complete a script's flags", "--days", ("run", "accounts-0/archive-0", "--")),
        ):
            ours = bench.ground.pyst(install, "__complete", "--", *words, cwd=project)
            if wanted not in run_once(ours)[1]:
                raise RuntimeError(f"`{' '.join(ours.argv)}` does not offer `{wanted}`")
            yield bench.row(f"{label} / bare interpreter", install, ours, bare, 4, 2)


def fifty(bench: Bench) -> Iterator[Row]:
    """Fifty cold starts of one new script at once, a new one each round and for each side."""
    for how, version in BY_PIP[:1]:
        install = bench.ground.install(how, version)
        rounds = max(5, bench.rounds // 4)
        numbers = range(2 * (rounds + 1))
        paths = [str(bench.ground.script(f"fresh-{number}.py", fresh_script(number))) for number in numbers]
        times: tuple[list[float], list[float]] = ([], [])
        failed = [0, 0]
        for number, path in enumerate(paths):
            side = number % 2
            ours, peer = bench.ground.pyst(install, "run", path), bench.ground.uv(install, "run", "--script", path)
            seconds, broken = run_together([peer if side else ours] * AT_ONCE)
            failed[side] += broken
            if number > 1:
                times[side].append(seconds)
        medians = statistics.median(times[0]), statistics.median(times[1])
        note = f"failed: {failed[0]} of ours, {failed[1]} of uv's, of {AT_ONCE * (rounds + 1)} each"
        value = medians[0] / medians[1] if not failed[0] else float("inf")
        figure = "fifty cold at once / fifty uv run --script"
        yield Row(figure, str(install), medians[0], spread(times[0]), medians[1], value, 1.5, 1.0, note)


FIGURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "run-two": run_with_two,
    "run-none": run_with_none,
    "direct": direct,
    "list-1000": list_1000,
    "list-1000-cold": list_1000_cold,
    "list-10000": list_10000,
    "complete": complete,
    "fifty": fifty,
}
