"""The figures of installed scripts: what a shim adds to a start, and what `pyst install` adds to a download.

The gist lies in the GitHub of the tests, on loopback: the same for both sides, and no network is measured.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import BY_PIP, Bench, Row
from ground import ROOT, Install
from measure import Command, compare, run_once, spread
from scripts import WITH_NONE, WITH_TWO

UNCOMPILED = 'curl -fsS "$1" -o "$2" && exec "$3" sync --quiet --script "$2"'
UNLOCKED = 'curl -fsS "$1" -o "$2" && exec "$3" sync --quiet --compile-bytecode --script "$2"'
TO_THE_SAME_END = 'curl -fsS "$1" -o "$2" && "$3" lock --quiet --script "$2" && exec "$3" sync --quiet --locked ' + (
    '--compile-bytecode --script "$2"'
)


def shim(bench: Bench) -> Iterator[Row]:
    """The start of an installed script by its shim, beside `pyst run`; of a direct one, beside the interpreter."""
    source = str(bench.ground.script("with-none.py", WITH_NONE))
    for how, version in BY_PIP:
        install = bench.ground.install(how, version)
        home = bench.ground.folder / f"sharing-{version}"
        home.mkdir()
        for words in (("--as", "usual-tool"), ("--as", "direct-tool", "--direct")):
            run_once(_at(home, bench.ground.pyst(install, "--yes", "install", source, *words)))
        data = home / ".local" / "share" / "pyst"
        ours = [_at(home, _shim(bench, install, data / "bin" / f"{kind}-tool")) for kind in ("usual", "direct")]
        run = _at(home, bench.ground.pyst(install, "run", "usual-tool"))
        bare = _at(home, bench.ground.bare(install, str(data / "installed" / "direct-tool.py")))
        if len({run_once(each)[1] for each in (*ours, run, bare)}) != 1:
            raise RuntimeError("the shims run something else")
        yield bench.row("a shim / pyst run NAME", install, ours[0], run, 1.0, 0.95)
        yield bench.row("a direct shim / bare interpreter", install, ours[1], bare, 1.05, 1.02)
        two = str(bench.ground.script("with-two.py", WITH_TWO))
        run_once(_at(home, bench.ground.pyst(install, "--yes", "install", two, "--as", "two-tool", "--direct")))
        by_hand = _planned(_at(home, bench.ground.pyst(install, "run", "--dry-run", "--format", "json", "two-tool")))
        direct = _at(home, _shim(bench, install, data / "bin" / "two-tool"))
        yield bench.row("a direct shim with an environment / its interpreter", install, direct, by_hand, 1.05, 1.02)


def _planned(asked: Command) -> Command:
    """What the dry run `asked` says, to be executed by hand."""
    plan = json.loads(run_once(asked)[1])["detail"]["plan"]
    return asked._replace(argv=tuple(plan["argv"]), environ={**asked.environ, **plan["set_variables"]})


def _shim(bench: Bench, install: Install, path: Path) -> Command:
    return bench.ground.pyst(install)._replace(argv=(str(path),))


def _at(home: Path, command: Command) -> Command:
    """The command of the user whose home this is."""
    return command._replace(environ={**command.environ, "HOME": str(home)})


def install(bench: Bench) -> Iterator[Row]:
    """`pyst install` of a gist with two requirements, all packages cached, beside the same by hand: a download, an
    environment with compiled bytecode, and a lock or none. What is shown, asked and written down is the difference."""
    if shutil.which("curl") is None:
        sys.exit("set-up failed: there is no curl")
    sys.path.insert(0, str(ROOT))
    from tests.github.server import github

    with github() as hub:
        gist = hub.add_gist({"with-two.py": WITH_TWO})
        raw = f"{hub.url}/raw/{gist.id}/{gist.version}/with-two.py"
        for how, version in BY_PIP:
            made = bench.ground.install(how, version)
            home = bench.ground.folder / f"installing-{version}"
            home.mkdir()
            command = _at(home, bench.ground.pyst(made, "--yes", "install", f"gist:{gist.id}"))
            ours = command._replace(environ={**command.environ, "PYST_SHARE_API_BASE": hub.url})
            forget = _forgetting(home, bench)
            for figure, script, bounds in (
                ("install a gist / curl, uv sync with bytecode", UNLOCKED, (2.0, 1.5)),
                ("install a gist / curl, uv lock, the same uv sync", TO_THE_SAME_END, (2.0, 1.5)),
                ("  (install a gist / curl, uv sync without bytecode)", UNCOMPILED, (None, None)),
            ):
                path = str(bench.ground.empty / "by-hand.py")
                words = ("/bin/sh", "-c", script, "sh", raw, path, str(bench.ground.tools / "uv"))
                peer = _at(home, bench.ground.bare(made)._replace(argv=words))
                pair = compare(ours, peer, bench.rounds, before=forget)
                medians = statistics.median(pair.ours), statistics.median(pair.peers)
                yield Row(figure, str(made), medians[0], spread(pair.ours), medians[1], pair.ratio, *bounds)
            run_once(_at(home, _shim(bench, made, home / ".local" / "share" / "pyst" / "bin" / "with-two")))


def _forgetting(home: Path, bench: Bench) -> Callable[[], None]:
    """Take away what was installed and built, by either side; what both know of interpreters and packages stays."""

    def forget() -> None:
        shutil.rmtree(home / ".local" / "share" / "pyst", ignore_errors=True)
        shutil.rmtree(bench.ground.folder / "uv-cache" / "environments-v2", ignore_errors=True)
        (bench.ground.empty / "by-hand.py.lock").unlink(missing_ok=True)
        for each in (home / ".cache" / "pyst" / "environments-v1").glob("[0-9a-f]*"):
            shutil.rmtree(each)

    return forget


FIGURES: dict[str, Callable[[Bench], Iterator[Row]]] = {"shim": shim, "install": install}
