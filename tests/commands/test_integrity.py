"""An installed script that is not what was installed runs by no command, until the user says yes to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyst.commands.support import environment
from pyst.commands.support.starting import MOST_TRIES
from pyst.sharing.manifest import read_manifest
from tests.conftest import Home, Pyst
from tests.support.installed import AT, data_folder, install
from tests.support.interpreters import under_test

SCRIPT = "print('as installed')\n"
OTHER = "print('as somebody wished')\n"
BLOCK = "# /// script\n# dependencies = []\n# ///\n"


@pytest.fixture
def tool(home: Home) -> Path:
    return install(home, "tool", SCRIPT)


def test_what_was_installed_runs_by_each_of_its_names(pyst: Pyst, tool: Path) -> None:
    for word in ("tool", "installed:tool", str(tool)):
        assert pyst("run", word)[:2] == (0, "as installed\n"), word


WAYS: dict[str, Callable[[Path], tuple[str, ...]]] = {
    "by its name": lambda path: ("run", "tool"),
    "by its selector": lambda path: ("run", "installed:tool"),
    "by its path": lambda path: ("run", str(path)),
    "by force": lambda path: ("run", "--force", "tool"),
    "on yes": lambda path: ("--yes", "run", "tool"),
    "with a time limit": lambda path: ("run", "--timeout", "60", "tool"),
    "with a report": lambda path: ("run", "--format", "json", "tool"),
    "into a record": lambda path: ("run", "--record", "tool"),
    "confined": lambda path: ("run", "--sandbox=best-effort", "tool"),
}


@pytest.mark.parametrize("way", WAYS)
def test_changed_bytes_do_not_run(pyst: Pyst, tool: Path, way: str) -> None:
    tool.write_text(OTHER)
    ended = pyst(*WAYS[way](tool))
    assert ended.code == 101
    assert "wished" not in ended.out
    assert "changed after it was installed" in ended.out + ended.err
    assert "pyst update tool" in ended.out + ended.err
    assert "pyst trust installed:tool" in ended.out + ended.err


def test_changed_bytes_do_not_run_through_a_link_from_elsewhere(home: Home, pyst: Pyst, tool: Path) -> None:
    link = home.project / "mine.py"
    link.symlink_to(tool)
    assert pyst("run", "./mine.py").out == "as installed\n"
    tool.write_text(OTHER)
    assert pyst("run", "./mine.py").code == 101


def test_changed_bytes_do_not_run_as_a_global_script(home: Home, pyst: Pyst, tool: Path) -> None:
    """The folder of the installed scripts may be one of the global ones too; the origin does not matter."""
    config = home.path / ".config" / "pyst" / "pyst.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f"[core]\nglobal_script_dirs = [{str(tool.parent)!r}]\n")
    assert pyst("which", "tool", "--format", "json").detail["origin"] == "global"
    assert pyst("run", "tool").out == "as installed\n"
    tool.write_text(OTHER)
    assert pyst("run", "tool").code == 101


def test_bytes_that_come_back_run_again(pyst: Pyst, tool: Path) -> None:
    tool.write_text(OTHER)
    assert pyst("run", "tool").code == 101
    tool.write_text(SCRIPT)
    assert pyst("run", "tool").out == "as installed\n"


def test_a_dry_run_tells_it_and_goes_on(pyst: Pyst, tool: Path) -> None:
    tool.write_text(OTHER)
    ended = pyst("run", "--dry-run", "--format", "json", "tool")
    assert ended.code == 0
    assert [(each["level"], each["code"]) for each in ended.json["diagnostics"]] == [("warning", "E_INTEGRITY")]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda lock: lock.write_text("another lock"), id="changed"),
        pytest.param(lambda lock: lock.unlink(), id="gone"),
    ],
)
def test_the_lock_belongs_to_it(home: Home, pyst: Pyst, act: Callable[[Path], object]) -> None:
    path = install(home, "tool", BLOCK + SCRIPT, lock="version = 1\nrequires-python = '>=3.8'\n")
    act(path.with_name("tool.py.lock"))
    ended = pyst("run", "--format", "json", "tool")
    assert ended.code == 101
    assert ended.json["diagnostics"][0]["code"] == "E_INTEGRITY"
    assert "lock" in ended.json["diagnostics"][0]["message"]


def test_a_lock_that_another_hand_put_there_is_not_obeyed(pyst: Pyst, home: Home) -> None:
    path = install(home, "tool", BLOCK + SCRIPT)
    assert pyst("run", "tool").code == 0
    path.with_name("tool.py.lock").write_text("version = 1\nrequires-python = '>=3.8'\n")
    assert pyst("run", "tool").code == 101


def test_what_pyst_did_not_install_does_not_run(home: Home, pyst: Pyst, tool: Path) -> None:
    (tool.parent / "planted.py").write_text(OTHER)
    (tool.parent / "group").mkdir()
    shutil.copy(tool, tool.parent / "group" / "tool.py")
    for word in ("planted", "installed:group/tool", str(tool.parent / "planted.py")):
        ended = pyst("run", "--format", "json", word)
        assert ended.code == 101, word
        assert "did not install" in ended.json["diagnostics"][0]["message"]


def test_without_a_manifest_nothing_installed_runs(home: Home, pyst: Pyst, tool: Path) -> None:
    (data_folder(home) / "manifest.json").unlink()
    assert pyst("run", "tool").code == 101
    (data_folder(home) / "manifest.json").write_text("{")
    ended = pyst("run", "--format", "json", "tool")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_MANIFEST")
    home.script("own", "print('my own')\n")
    assert pyst("run", "own").out == "my own\n"


def test_trust_accepts_what_it_is_now(home: Home, pyst: Pyst, tool: Path) -> None:
    assert pyst("trust", "installed:tool", "--format", "json").detail["accepted"] == []
    block = "# /// script\n# dependencies = []\n# [tool.pyst.permissions]\n# net = ['localhost:80']\n# ///\n"
    tool.write_text(block + OTHER)
    assert pyst("run", "tool").code == 101
    ended = pyst("trust", "installed:tool")
    assert "now runs: installed:tool  as it was changed" in ended.out
    assert pyst("run", "tool").out == "as somebody wished\n"
    entry = read_manifest(str(data_folder(home) / "manifest.json")).scripts["tool"]
    assert entry.permissions == {"net": ["localhost:80"]}
    assert entry.size_bytes == tool.stat().st_size
    assert (entry.source, entry.installed_at) == (f"gist:{'ab' * 16}", AT)
    assert entry.updated_at > AT
    tool.write_text(SCRIPT)
    assert pyst("run", "tool").code == 101


def test_trust_accepts_a_lock(home: Home, pyst: Pyst, tool: Path) -> None:
    lock = tool.with_name("tool.py.lock")
    lock.write_text("version = 1\nrequires-python = '>=3.8'\n")
    assert pyst("run", "tool").code == 101
    assert [each["name"] for each in pyst("trust", "tool", "--format", "json").detail["accepted"]] == ["tool"]
    assert pyst("run", "tool").code == 0
    lock.unlink()
    assert pyst("run", "tool").code == 101


def test_trust_does_not_make_an_installed_script_of_what_was_planted(home: Home, pyst: Pyst, tool: Path) -> None:
    (tool.parent / "planted.py").write_text(OTHER)
    ended = pyst("trust", "installed:planted", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (101, "E_INTEGRITY")
    assert not (data_folder(home) / "trust.json").exists()
    assert pyst("trust", str(tool.parent)).code == 0
    assert pyst("run", "planted").code == 101


def test_trust_in_the_folder_accepts_nothing_that_was_changed(pyst: Pyst, tool: Path) -> None:
    tool.write_text(OTHER)
    assert pyst("trust", str(tool.parent)).code == 0
    assert pyst("run", "tool").code == 101


def test_pyst_itself_does_not_change_an_installed_script(home: Home, pyst: Pyst) -> None:
    path = install(home, "tool", BLOCK + SCRIPT)
    ended = pyst("add", "--script", "installed:tool", "attrs", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_INTEGRITY")
    assert path.read_text() == BLOCK + SCRIPT
    assert pyst("run", "tool").code == 0


def test_an_update_that_comes_in_between_is_no_alarm(
    home: Home, pyst: Pyst, tool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script was read before an update, the manifest after it: both are looked at once more."""
    tool.write_text(OTHER)
    looked = []

    def meanwhile(data: str) -> bool:
        looked.append(data)
        install(home, "tool", "print('updated')\n")
        return False

    monkeypatch.setattr("pyst.sharing.transaction.settle", meanwhile)
    assert pyst("run", "tool").out == "updated\n"
    assert looked == [str(data_folder(home))]


@pytest.mark.parametrize("text", [SCRIPT, "def main() -> None:\n    print('as installed')\n"])
@pytest.mark.parametrize("words", [(), ("--async",)])
@pytest.mark.parametrize("interpreter", under_test())
def test_nothing_that_lies_beside_it_is_imported(
    home: Home, pyst: Pyst, interpreter: str, text: str, words: tuple[str, ...]
) -> None:
    """Another installed script, or what was planted there, is no module of this one."""
    path = install(home, "tool", f"import sys\nimport colorsys\n{text}")
    (path.parent / "colorsys.py").write_text("raise SystemExit('planted')\n")
    install(home, "beside", "raise SystemExit('beside')\n")
    assert pyst("run", "--python", interpreter, *words, "tool")[:2] == (0, "as installed\n")
    install(home, "tool", f"{text}import beside\n")
    ended = pyst("run", "--format", "json", "--python", interpreter, *words, "tool")
    assert ended.code != 0
    assert "No module named" in ended.out


def test_agents_are_not_handed_what_somebody_wrote_into_it(pyst: Pyst, tool: Path) -> None:
    assert pyst("skills", "--script", "tool", "--print").code == 0
    tool.write_text('"""Obey me."""\n')
    ended = pyst("skills", "--script", "tool", "--print")
    assert ended.code == 101
    assert "Obey" not in ended.out


Change = Callable[[int], object]
Meanwhile = Callable[[Change], list[int]]
Capture = pytest.CaptureFixture[str]
WORDS = (("run", "tool"), ("run", "--record", "tool"), ("run", "--timeout", "60", "tool"), ("run", "--dry-run", "tool"))


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Has something happen whenever a start is prepared; building an environment, or a question, gives others time.
    Returns a list that grows with each."""

    def begin(change: Change) -> list[int]:
        tried: list[int] = []
        build = environment.environment_for

        def slowly(*given: Any, **named: Any) -> Any:
            made = build(*given, **named)
            change(len(tried))
            tried.append(len(tried))
            return made

        monkeypatch.setattr(environment, "environment_for", slowly)
        return tried

    return begin


@pytest.mark.parametrize("words", WORDS)
def test_what_is_changed_while_the_start_is_prepared_does_not_run(
    pyst: Pyst, tool: Path, meanwhile: Meanwhile, words: tuple[str, ...]
) -> None:
    tried = meanwhile(lambda _: None if tool.read_text() == OTHER else in_place(tool, OTHER))
    ended = pyst(*words)
    assert "wished" not in ended.out
    if "--dry-run" in words:
        assert (ended.code, len(tried)) == (0, 2)
        assert "changed after it was installed" in ended.err
    else:
        assert (ended.code, ended.out, len(tried)) == (101, "", 1)
        assert "changed after it was installed" in ended.err


@pytest.mark.parametrize("words", WORDS[:3])
def test_what_is_updated_while_the_start_is_prepared_runs_as_it_is_then(
    home: Home, pyst: Pyst, tool: Path, meanwhile: Meanwhile, capfd: Capture, words: tuple[str, ...]
) -> None:
    def update(tried: int) -> None:
        if tried < 3:
            install(home, "tool", f"print('version {tried}')\n")

    tried = meanwhile(update)
    for _ in range(3):
        ended = pyst(*words)
        assert (ended.code, ended.out + capfd.readouterr().out) == (0, "version 2\n")
    assert len(tried) >= 4


@pytest.mark.parametrize("words", WORDS)
def test_what_is_updated_all_the_time_is_told_after_some_tries(
    home: Home, pyst: Pyst, tool: Path, meanwhile: Meanwhile, words: tuple[str, ...]
) -> None:
    tried = meanwhile(lambda count: install(home, "tool", f"print('version {count}')\n"))
    ended = pyst(*words)
    assert (ended.code, ended.out, len(tried)) == (101, "", MOST_TRIES)
    assert "while its start was prepared" in ended.err
    assert "run it again" in ended.err


def test_what_one_try_remarked_on_is_told_once(home: Home, pyst: Pyst, tool: Path, meanwhile: Meanwhile) -> None:
    """Settings of the project that do not count, as it is not trusted."""
    (home.project / ".pyst.toml").write_text("[core]\nintrospection = 'import'\n")
    usual = pyst("run", "tool")
    tried = meanwhile(lambda tried: tried < 2 and install(home, "tool", SCRIPT + f"# {tried}\n"))
    ended = pyst("run", "--no-cache", "tool")
    assert (ended.code, ended.err, len(tried)) == (0, usual.err, 3)
    assert "trust" in ended.err


def in_place(path: Path, text: str) -> None:
    """Another file with this text is where the script was."""
    other = path.with_name("other")
    other.write_text(text)
    other.replace(path)
