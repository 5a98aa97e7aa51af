"""`pyst doctor` as a whole, with real uv and a real run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyst.commands.schema import schema_for, violations_of
from pyst.environments.spec import KEY_LENGTH
from pyst.upkeep import installation
from tests.conftest import Home, Pyst


@pytest.fixture(autouse=True)
def _bytecode_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--fix` compiles; not the modules that are being tested."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "module.py").write_text("x = 1\n")
    real = installation.bytecode_of
    monkeypatch.setattr(installation, "bytecode_of", lambda _: real(str(folder)))


def statuses(detail: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {each["name"]: each["status"] for each in detail["examinations"]}


def test_a_new_machine_is_well_and_a_script_really_runs(pyst: Pyst, home: Home) -> None:
    body = pyst("doctor", "--format", "json").json
    found = statuses(body["detail"])
    assert (body["exit_code"], body["status"]) == (0, "ok")
    assert {found[name] for name in ("python", "uv", "interpreters", "settings", "run", "clock", "space")} == {"ok"}
    assert "index" not in found
    assert violations_of(body, schema_for("doctor")) == []
    assert os.listdir(home.project) == [".git"]


def test_what_is_wrong_fails_and_is_mended_by_fix(pyst: Pyst, home: Home) -> None:
    data = home.path / ".local" / "share" / "pyst"
    data.mkdir(parents=True)
    data.chmod(0o777)
    broken = home.path / ".cache" / "pyst" / "environments-v1" / ("0123456789abcdef" * 2)[:KEY_LENGTH]
    broken.mkdir(parents=True)
    ended = pyst("doctor")
    assert ended.code == 1
    assert f"`{data}` can be written by others (mode 777)" in ended.out
    assert "fail  folder-data " in ended.out
    assert ended.err == "error: something is wrong: `folder-data`\n"
    ended = pyst("doctor", "--fix")
    assert ended.code == 0
    assert f"closed `{data}` to others\n" in ended.out
    assert "removed one broken environment\n" in ended.out
    assert data.stat().st_mode & 0o777 == 0o755
    assert not broken.exists()
    assert "folder-" not in pyst("doctor", "-q").out


def test_broken_settings_do_not_keep_the_rest_from_being_examined(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text("nonsense\n")
    ended = pyst("doctor", "--format", "json")
    found = statuses(ended.detail)
    assert ended.code == 1
    assert (found["settings"], found["run"]) == ("fail", "ok")


def test_without_uv_it_says_what_to_install(pyst: Pyst) -> None:
    ended = pyst("doctor", PYST_UV="/nowhere/uv")
    assert ended.code == 1
    assert "fail  uv" in ended.out


def test_nothing_hostile_reaches_the_terminal(pyst: Pyst, home: Home) -> None:
    folder = home.path / "bin\x1b[31m"
    folder.mkdir()
    (folder / "pyst").write_text("#!/bin/sh\n")
    (folder / "pyst").chmod(0o755)
    ended = pyst("doctor", PATH=f"{folder}:\x1b[32m:{os.environ['PATH']}")
    assert "\x1b" not in ended.out + ended.err


@pytest.mark.uv
def test_online_the_index_is_asked(pyst: Pyst) -> None:
    assert statuses(pyst("doctor", "--online", "--format", "json").detail)["index"] == "ok"


def test_an_index_that_does_not_answer_is_told(pyst: Pyst) -> None:
    nowhere = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0", "PIP_INDEX_URL": ""}
    ended = pyst("doctor", "--online", "--format", "json", **nowhere)
    assert ended.code == 1
    assert statuses(ended.detail)["index"] == "fail"


@pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")
def test_the_walls_are_really_tried(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text("[sandbox]\nmode = 'strict'\n")
    settings = home.path / ".config" / "pyst" / "pyst.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[sandbox.allow]\nread = ['/']\nnet = ['*']\n")  # what is granted is not what is examined
    rows = {each["name"]: each for each in pyst("doctor", "--format", "json").detail["examinations"]}
    for tier in ("strict", "basic"):
        assert rows[f"sandbox-{tier}"]["status"] in ("ok", "warn")
        walls = [each for name, each in rows.items() if name.startswith(f"{tier}-")]
        assert bool(walls) == (rows[f"sandbox-{tier}"]["status"] == "ok")
        assert {each["status"] for each in walls} <= {"ok"}
        assert all("violations stopped" in each["message"] for each in walls)
