"""The conformance suite of the protocol: against the suite's fixtures on pyst's HTTP side, and against `pyst mcp`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.applying import (
    EVERYWHERE,
    PASSED,
    PYST,
    REPORTED,
    REQUIRED,
    SINGLE,
    passed_of_required,
    table,
    unexpected,
)
from tests.conformance.packages import Packages
from tests.conformance.suite import REVISIONS, Check, Outcome, run_suite
from tests.conftest import Home
from tests.support.serving import Serving, serving

PAGE = Path(__file__).parents[2] / "docs" / "mcp-conformance.md"


def script(summary: str, *lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f'def main():\n    """{summary}"""\n{body}'


SCRIPTS = {
    "test_simple_text": script("Says a sentence.", 'print("This is a simple text response for testing.")'),
    "test_error_handling": script("Fails.", 'raise SystemExit("This tool intentionally returns an error for testing")'),
    "test_tool_with_progress": script("Takes its time.", "import time", "time.sleep(7)", 'print("done")'),
}
"""The tools that the suite looks for by name, as far as a script can be one."""


@pytest.fixture
def fixtures(home: Home, packages: Packages) -> Iterator[Serving]:
    command = (sys.executable, "-m", "tests.conformance.serve", str(home.path / "state"))
    environ = {**home.environ, "PYTHONPATH": str(PAGE.parents[1])}
    with serving(home._replace(environ=environ), command=command) as server:
        yield server


@pytest.fixture
def scripts(home: Home, packages: Packages) -> Iterator[Serving]:
    for name, text in SCRIPTS.items():
        home.script(name, text)
    with serving(home) as server:
        yield server


def required(outcome: Outcome, revision: str) -> int:
    return sum(each not in REPORTED[revision] for each in outcome)


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_fixtures_pass(fixtures: Serving, packages: Packages, revision: str, tmp_path: Path) -> None:
    outcome = run_suite(packages, fixtures.url, fixtures.token, revision, tmp_path / "results")
    assert unexpected(outcome, EVERYWHERE, {}) == []
    assert required(outcome, revision) == REQUIRED[revision]
    assert passed_of_required(outcome, revision) == REQUIRED[revision]
    assert "Traceback" not in fixtures.said.read_text()


@pytest.mark.parametrize("revision", REVISIONS)
def test_pyst_passes_what_applies(scripts: Serving, packages: Packages, revision: str, tmp_path: Path) -> None:
    outcome = run_suite(packages, scripts.url, scripts.token, revision, tmp_path / "results")
    assert unexpected(outcome, PYST, SINGLE) == []
    assert passed_of_required(outcome, revision) == PASSED[revision]
    assert scripts.said.read_text() == ""


def test_the_page_says_what_does_not_apply() -> None:
    """`python -m tests.conformance.page` writes it anew."""
    assert table() in PAGE.read_text()


def good(scenario: str) -> Check:
    return Check(f"{scenario}-id", "Name", "SUCCESS", "")


def test_the_judge_sees_what_goes_otherwise() -> None:
    """An unexpected pass is as bad as an unexpected failure."""
    bad = good("x")._replace(status="FAILURE", message="why")
    assert unexpected({"x": [good("x")]}, {}, {}) == []
    assert unexpected({"x": [bad]}, {}, {}) == ["x: Name (FAILURE): why"]
    assert unexpected({"x": [bad]}, {"x": "reason"}, {}) == []
    assert unexpected({"x": [good("x")]}, {"x": "reason"}, {}) == ["x passes: it applies"]
    assert unexpected({"x": [good("x"), bad._replace(name="Other")]}, {}, {("x", "Other"): "reason"}) == []
    assert unexpected({"x": [good("x")]}, {}, {("x", "Name"): "reason"}) == ["x: Name passes: it applies"]
    assert unexpected({"x": []}, {}, {}) == ["x: nothing was looked at"]
