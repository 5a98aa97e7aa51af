"""A script of a project replays in the project's environment of now, and what has changed there is told."""

from __future__ import annotations

import pytest

from tests.conftest import Home, Pyst

pytestmark = pytest.mark.uv

PROJECT = '[project]\nname = "thing"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["six=={}"]\n'


def test_what_changed_in_the_project_is_told(pyst: Pyst, home: Home) -> None:
    (home.project / "pyproject.toml").write_text(PROJECT.format("1.16.0"))
    home.script("needs", "import six\nprint(six.__version__)\n")
    before = pyst("run", "--record", "--format", "json", "needs").detail["record"]
    assert before["environment"]["project"] == str(home.project)
    assert pyst("replay", "last").code == 0
    (home.project / "pyproject.toml").write_text(PROJECT.format("1.17.0"))
    ended = pyst("replay", before["run_id"], "--format", "json")
    assert ended.code == 1
    assert [each["name"] for each in ended.detail["aspects"]] == ["environment", "requirements"]
    assert ended.detail["pairs"][0]["differences"][0]["right"] == "1.17.0\n"
