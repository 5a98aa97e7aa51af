"""A replay runs in what its own lock asks for, whatever lies there now."""

from __future__ import annotations

import pytest

from tests.conftest import Home, Pyst

pytestmark = pytest.mark.uv

SCRIPT = '# /// script\n# dependencies = ["six=={}"]\n# ///\nimport six\nprint(six.__version__)\n'


def test_the_recorded_lock_counts(pyst: Pyst, home: Home) -> None:
    path = home.script("needs", SCRIPT.format("1.16.0"))
    assert pyst("lock", "needs").code == 0
    ended = pyst("run", "--record", "--format", "json", "needs")
    assert ended.detail["outcome"]["stdout"]["text"] == "1.16.0\n"
    before = ended.detail["record"]
    path.write_text(SCRIPT.format("1.17.0"))
    assert pyst("lock", "needs").code == 0
    ended = pyst("replay", before["run_id"], "--format", "json")
    assert (ended.code, ended.detail["aspects"]) == (0, [])
    again = ended.detail["record"]
    assert again["environment"]["lock"] == before["environment"]["lock"]
    assert again["environment"]["key"] == before["environment"]["key"]
    ended = pyst("replay", before["run_id"], "--current", "--format", "json")
    assert ended.code == 1
    assert [each["name"] for each in ended.detail["aspects"]] == ["code", "environment", "requirements", "lock"]
    path.with_name("needs.py.lock").unlink()
    assert pyst("replay", before["run_id"]).code == 0
    assert not path.with_name("needs.py.lock").exists()


def test_a_run_without_a_lock_has_none_in_its_replay(pyst: Pyst, home: Home) -> None:
    path = home.script("needs", SCRIPT.format("1.17.0"))
    before = pyst("run", "--record", "--format", "json", "needs").detail["record"]
    assert pyst("lock", "needs").code == 0
    ended = pyst("replay", "last", "--format", "json")
    assert (ended.code, ended.detail["record"]["environment"]["lock"]) == (0, None)
    assert ended.detail["record"]["environment"]["key"] == before["environment"]["key"]
    path.write_text("raise SystemExit(9)\n")
    assert pyst("replay", before["run_id"]).code == 0


def test_a_baseline_holds_the_lock(pyst: Pyst, home: Home) -> None:
    path = home.script("needs", SCRIPT.format("1.16.0"))
    assert pyst("lock", "needs").code == 0
    assert pyst("run", "--record", "--format", "json", "needs").code == 0
    assert pyst("baseline", "save", "versions", "last").code == 0
    assert (home.project / "baselines" / "versions" / "001-needs" / "script.py.lock").exists()
    path.write_text(SCRIPT.format("1.17.0"))
    assert pyst("lock", "needs").code == 0
    assert pyst("baseline", "check", "versions").code == 1
    assert pyst("baseline", "check", "versions", "--saved").code == 0
