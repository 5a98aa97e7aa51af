"""The pure parts of the benchmarks: what is measured is what the page says, and a miss is called one."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import figures  # noqa: E402
import measure  # noqa: E402
import scripts  # noqa: E402

sys.path.remove(str(BENCHMARKS))


def test_listed_scripts_are_as_the_page_says() -> None:
    texts = [scripts.script_text(number) for number in range(100)]
    assert {len(text.splitlines()) for text in texts} == {74}
    for text in texts:
        ast.parse(text)
    assert len({scripts.script_text(number) for number in range(10)}) == 10


def test_names_differ_and_the_justfile_has_as_many_recipes() -> None:
    names = scripts.script_names(10_000)
    assert len(set(names)) == 10_000
    recipes = [line for line in scripts.justfile(300).splitlines() if line.endswith("days='30':")]
    assert len(recipes) == 300


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.5, "aim"), (0.75, "aim"), (0.76, "must"), (0.9, "must"), (0.91, "MISSED")]
)
def test_a_verdict_is_what_the_bounds_say(value: float, verdict: str) -> None:
    assert figures.Row("run", "pip", 1, 0, 1, value, 0.9, 0.75).verdict == verdict


def test_the_two_sides_take_turns() -> None:
    shell = ("/bin/sh", "-c")
    ours, peer = (measure.Command((*shell, f"printf {word}"), {}, "/") for word in ("ours", "peer"))
    folder = Path.cwd()
    pair = measure.compare(ours, peer, 5, warm_up=1)
    said = measure.run_once(ours)[1]
    measure.os.chdir(folder)
    assert (len(pair.ours), len(pair.peers), said) == (5, 5, "ours")
    assert pair.ratio == statistics.median(pair.ours) / statistics.median(pair.peers)


def test_a_command_that_fails_is_no_measurement() -> None:
    folder = Path.cwd()
    with pytest.raises(RuntimeError, match="ended with 3\nwhy"):
        measure.run_once(measure.Command(("/bin/sh", "-c", "echo why >&2; exit 3"), {}, "/"))
    measure.os.chdir(folder)
