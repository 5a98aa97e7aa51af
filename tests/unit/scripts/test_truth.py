"""Whether the static reading agrees with what each framework itself says on import, over the corpus."""

from __future__ import annotations

import pytest

from tests.support.truth import CORPUS, FRAMEWORKS, measure, row

LEAST_SCRIPTS = {"typer": 40, "click": 40, "argparse": 35, "cyclopts": 15, "fire": 10, "function": 20}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_read_is_true(framework: str) -> None:
    tally = measure(framework)
    print(row(framework, tally))
    assert tally.scripts >= LEAST_SCRIPTS[framework]
    assert tally.wrong == []
    assert tally.recall >= 0.95, tally.missed


def test_nothing_wrong_is_read_of_scripts_that_are_hard_to_read() -> None:
    tally = measure("hard")
    assert tally.wrong == []
    assert 0.5 < tally.recall < 1, "some of these can't be known, much of them can"


def test_the_corpus_is_large_and_each_figure_is_stated() -> None:
    assert sum(len(list((CORPUS / each).glob("*.py"))) for each in FRAMEWORKS) >= 150
    stated = (CORPUS / "README.md").read_text(encoding="utf-8")
    for framework in FRAMEWORKS:
        assert f"| {framework} |" in stated
