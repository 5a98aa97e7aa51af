"""The figures of confined runs: what walls cost, what bounds hold, and what nothing leaves behind."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from attackers import DAEMON, DISK, FORK_BOMB, MEMORY, TWELVE_TIMES_FIFTY
from cell import Cell
from figures import AT_ONCE, BY_PIP, IN_A_ROW, Bench, Row
from ground import Ground, Install
from measure import Command, compare, run_once, run_together, spread
from scripts import WITH_NONE

TIERS = ("strict", "basic")
BOUND = 256 << 20


def confined_start(bench: Bench) -> Iterator[Row]:
    """What walls cost at the start: milliseconds over the same run without them, supervised as well."""
    install = bench.ground.install(*BY_PIP[0])
    path = str(bench.ground.script("with-none.py", WITH_NONE))
    free = bench.ground.pyst(install, "run", "--timeout", "60", path)
    for tier, must, aim in (("strict", 25.0, 10.0), ("basic", 8.0, 3.0)):
        walled = bench.ground.pyst(install, "run", f"--sandbox={tier}", path)
        yield _extra(bench, f"--sandbox={tier} / without walls: ms more", install, walled, free, must, aim)
    bare = bench.ground.bare(install, path)
    if bwrap := shutil.which("bwrap"):
        words = (bwrap, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev")
        walled = bare._replace(argv=(*words, "--", *bare.argv))
        yield _extra(bench, "  (bwrap / bare interpreter: ms more)", install, walled, bare, None, None)


def _extra(
    bench: Bench, figure: str, where: object, ours: Command, peer: Command, must: float | None, aim: float | None
) -> Row:
    pair = compare(ours, peer, bench.rounds)
    more = [mine - theirs for mine, theirs in zip(pair.ours, pair.peers, strict=True)]
    medians = statistics.median(pair.ours), statistics.median(pair.peers)
    value = statistics.median(more) * 1000
    return Row(figure, str(where), medians[0], spread(pair.ours), medians[1], value, must, aim)


def confined_load(bench: Bench) -> Iterator[Row]:
    """Fifty confined runs at once, and a thousand in a row, half in each tier: how many fail, and what they leave."""
    install = bench.ground.install(*BY_PIP[0])
    path = str(bench.ground.script("with-none.py", WITH_NONE))
    walled = [bench.ground.pyst(install, "run", f"--sandbox={tier}", path) for tier in TIERS]
    for each in walled:
        run_once(each)
    before = _left(bench.ground)
    for tier, each in zip(TIERS, walled, strict=True):
        seconds, failed = run_together([each] * AT_ONCE)
        yield Row(f"fifty confined at once, {tier}: failed", str(install), seconds, 0.0, None, failed, 0, 0)
    times = [run_once(walled[number % 2])[0] for number in range(IN_A_ROW)]
    after = _left(bench.ground)
    grown = sum(after[name] > before[name] for name in after)
    note = ", ".join(f"{name}: {before[name]} before, {after[name]} after" for name in after)
    figure = "a thousand confined in a row: things grown"
    yield Row(figure, str(install), statistics.median(times), spread(times), None, grown, 0, 0, note)
    slower = statistics.median(times[-100:]) / statistics.median(times[:100])
    yield Row("  (the last hundred / the first)", str(install), statistics.median(times[-100:]), 0.0, None, slower)


def _left(ground: Ground) -> dict[str, int]:
    """What runs could leave behind on this machine, and in the home of who runs them."""
    with open("/proc/mounts", encoding="utf-8") as mounts:
        mounted = len(mounts.readlines())
    return {
        "processes of pyst": sum(_is_of(each, str(ground.folder)) for each in os.listdir("/proc") if each.isdecimal()),
        "mounts": mounted,
        "private folders": sum(each.startswith("pyst-confined-") for each in os.listdir("/tmp")),
        "shared memory": len(os.listdir("/dev/shm")),
        "files of pyst": sum(len(files) for _, _, files in os.walk(ground.folder / "home")),
    }


def _is_of(pid: str, folder: str) -> bool:
    """Whether a process is a program that was started out of a folder."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.fsencode(folder) in file.read()
    except OSError:
        return False


def confined_bounds(bench: Bench) -> Iterator[Row]:
    """What the worst attacker takes beyond its bound, and what is left of those that multiply or hide."""
    install = bench.ground.install(*BY_PIP[0])
    for tier in TIERS:
        own = min(_taken(bench, install, tier, "pass", f"--max-memory={BOUND}").peak_bytes for _ in range(3))
        over = {
            name: (_taken(bench, install, tier, text, f"--max-memory={BOUND}").peak_bytes - own - BOUND) / BOUND
            for name, text in MEMORY.items()
        }
        yield _worst(f"memory beyond its bound, {tier}: part of it", install, over, 0.10, 0.05, "{:+.1%}")
        beyond = {
            name: (_taken(bench, install, tier, text, f"--max-disk={BOUND}").on_disk - BOUND) / 2**20
            for name, text in DISK.items()
        }
        yield _worst(f"disk beyond its bound, {tier}: MiB", install, beyond, 150, 50, "{:+.1f} MiB")
        left = {
            name: float(_taken(bench, install, tier, text, *flags).left)
            for name, text, flags in (
                ("fork bomb", FORK_BOMB, ("--max-processes=200", "--max-cpu=5")),
                ("12 × 50 MiB", TWELVE_TIMES_FIFTY, (f"--max-memory={BOUND}",)),
                ("daemon", DAEMON, ()),
            )
        }
        yield _worst(f"processes left, {tier}", install, left, 0, 0, "{:g}")


class Taken(NamedTuple):
    """What a script took (bytes), and how many processes it left."""

    peak_bytes: int
    on_disk: int
    left: int


def _taken(bench: Bench, install: Install, tier: str, text: str, *flags: str) -> Taken:
    folder = Path(tempfile.mkdtemp(dir=bench.ground.folder))
    (folder / "attacker.py").write_text(text)
    words = ("run", f"--sandbox={tier}", f"--allow-write={folder}", *flags, str(folder / "attacker.py"))
    command = bench.ground.pyst(install, *words, cwd=folder)
    cell = Cell()
    try:
        inside = cell.around(command)
        subprocess.run(inside.argv, env=inside.environ, cwd=folder, capture_output=True, timeout=120, check=False)
        sizes = [each.stat().st_blocks * 512 for each in folder.iterdir()]
        return Taken(cell.peak_bytes(), sum(sizes), len(cell.left()))
    finally:
        cell.close()
        shutil.rmtree(folder)
        for each in Path("/dev/shm").glob("held-*"):  # in the tier basic they are everybody's
            each.unlink()


def _worst(figure: str, install: Install, found: dict[str, float], must: float, aim: float, shown: str) -> Row:
    note = ", ".join(f"{name}: {shown.format(each)}" for name, each in found.items())
    return Row(figure, str(install), 0.0, 0.0, None, max(found.values()), must, aim, note)


FIGURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "confined-start": confined_start,
    "confined-load": confined_load,
    "confined-bounds": confined_bounds,
}
