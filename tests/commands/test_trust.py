"""`pyst trust`: exactly what is there now, listed, revoked, never lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pyst.commands import trust
from tests.conftest import Home, Pyst


@pytest.fixture
def project(home: Home) -> Path:
    (home.project / ".pyst.toml").write_text('[core]\nintrospection = "import"\n')
    (home.project / "pyproject.toml").write_text('[project]\nname = "x"\n')
    home.script("a", "def main(): ...\n")
    home.script("db/b", "def main(): ...\n")
    home.script("notes.txt.py", "x = 1\n")
    return home.project


def entries(pyst: Pyst, *words: str, **given: Any) -> dict[str, str]:
    """Path → state, by the JSON answer, held against its schema."""
    ended = pyst("trust", *words, "--format", "json", **given)
    jsonschema.validate(ended.detail, trust.DETAIL)
    assert ended.code == 0
    return {os.path.relpath(row["path"], given.get("start", "/")): row["state"] for row in ended.detail["entries"]}


def names(found: dict[str, str]) -> list[str]:
    return sorted(os.path.basename(path) for path in found)


def test_a_project_is_its_settings_and_its_scripts(pyst: Pyst, project: Path) -> None:
    found = entries(pyst, ".")
    assert names(found) == [".pyst.toml", "a.py", "b.py", "notes.txt.py", "project", "pyproject.toml"]
    assert set(found.values()) == {"new"}
    assert set(entries(pyst, ".").values()) == {"unchanged"}
    assert pyst("config", "get", "core.introspection").out == "import\n"


def test_what_counts_from_now_on_is_shown(pyst: Pyst, project: Path) -> None:
    ended = pyst("trust", ".")
    assert "now counts: core.introspection" in ended.out
    assert f"{project}/.pyst.toml" in ended.out
    assert "now counts" not in pyst("trust", ".").out


def test_a_change_ends_the_trust(pyst: Pyst, project: Path) -> None:
    entries(pyst, ".")
    assert set(entries(pyst, "--list").values()) == {"unchanged"}
    (project / ".pyst" / "a.py").write_text("other")
    (project / ".pyst" / "db" / "b.py").unlink()
    (project / "uv.toml").write_text("")
    found = {os.path.basename(path): state for path, state in entries(pyst, "--list").items()}
    assert found == {
        ".pyst.toml": "unchanged",
        "a.py": "changed",
        "b.py": "gone",
        "notes.txt.py": "unchanged",
        "project": "changed",
        "pyproject.toml": "unchanged",
    }
    assert "changed" in pyst("trust", "--list").out
    found = {os.path.basename(path): state for path, state in entries(pyst, ".").items()}
    assert found["a.py"] == "changed"
    assert found["uv.toml"] == "new"


def test_one_script_by_name_or_path(pyst: Pyst, project: Path, home: Home) -> None:
    assert names(entries(pyst, "a")) == ["a.py"]
    assert names(entries(pyst, "./.pyst/db/b.py", "project:a")) == ["a.py", "b.py"]
    assert names(entries(pyst, "pyproject.toml")) == ["pyproject.toml"]
    missing = pyst("trust", "nothing")
    assert missing.code == 127


def test_a_folder_that_is_no_project_is_its_scripts(pyst: Pyst, project: Path) -> None:
    assert names(entries(pyst, ".pyst/db")) == ["b.py"]
    assert names(entries(pyst, "./.pyst")) == ["a.py", "b.py", "notes.txt.py"]


def test_a_folder_of_scripts_alone_is_no_project(pyst: Pyst, project: Path, home: Home) -> None:
    home.script("g", "x = 1", where="global")
    folder = home.path / ".local/share/pyst/scripts"
    assert names(entries(pyst, str(folder))) == ["g.py"]
    (folder / ".git").mkdir()
    assert names(entries(pyst, str(folder))) == ["g.py"]
    plain = home.path / "plain"
    plain.mkdir()
    (plain / "p.py").touch()
    assert names(entries(pyst, str(plain))) == ["p.py"]
    ended = pyst("trust", ".pyst", "--format", "json")
    assert [each["code"] for each in ended.json["diagnostics"]] == ["I_PART_OF_PROJECT"]


def test_a_script_goes_before_a_folder_of_its_name(pyst: Pyst, project: Path) -> None:
    (project / "a").mkdir()
    assert names(entries(pyst, "a")) == ["a.py"]
    assert names(entries(pyst, "a/")) == []
    (project / "tools").mkdir()
    (project / "tools" / "x.py").touch()
    assert names(entries(pyst, "tools")) == ["x.py"]


def test_the_script_folder_is_the_one_that_counts_afterwards(pyst: Pyst, home: Home) -> None:
    elsewhere = home.path / "shared"
    elsewhere.mkdir()
    (elsewhere / "s.py").write_text("x = 1")
    (home.project / ".pyst.toml").write_text(f'core.project_script_dir = "{elsewhere}"\n')
    assert names(entries(pyst, ".")) == [".pyst.toml", "project", "s.py"]


def test_revoke(pyst: Pyst, project: Path) -> None:
    entries(pyst, ".")
    assert names(entries(pyst, "--revoke", "a")) == ["a.py"]
    assert names(entries(pyst, "--revoke", ".pyst")) == ["b.py", "notes.txt.py"]
    assert names(entries(pyst, "--revoke", "pyproject.toml")) == ["project", "pyproject.toml"]
    assert names(entries(pyst, "--list")) == [".pyst.toml"]
    (project / ".pyst.toml").unlink()
    assert names(entries(pyst, "--revoke", ".pyst.toml")) == [".pyst.toml"]
    again = pyst("trust", "--revoke", ".", "--format", "json")
    assert (again.code, again.json["diagnostics"][0]["code"]) == (0, "I_NOT_TRUSTED")
    assert pyst("trust", "--list").out == "nothing is trusted\n"


def test_list_can_be_limited_to_a_folder(pyst: Pyst, project: Path) -> None:
    entries(pyst, ".")
    assert names(entries(pyst, "--list", ".pyst/db")) == ["b.py"]


def test_without_a_target_it_is_a_usage_error(pyst: Pyst) -> None:
    for words in ((), ("--revoke",), ("--list", "--revoke")):
        assert pyst("trust", *words).code == 64


def test_a_broken_file_is_told_and_kept(pyst: Pyst, project: Path, home: Home) -> None:
    path = home.path / ".local/share/pyst/trust.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 9}')
    for words in (("trust", "."), ("trust", "--list"), ("trust", "--revoke", ".")):
        ended = pyst(*words, "--format", "json")
        assert ended.code == 1
        assert ended.json["diagnostics"][0]["code"] == "E_TRUST_UNREADABLE"
        assert path.read_text() == '{"version": 9}'
    shown = pyst("config", "--format", "json")
    assert shown.code == 0
    assert "E_TRUST_UNREADABLE" in [each["code"] for each in shown.json["diagnostics"]]


def test_traps_in_the_folder_neither_hang_nor_stop_it(pyst: Pyst, project: Path) -> None:
    os.mkfifo(project / "uv.lock")
    os.mkfifo(project / ".pyst" / "pipe.py")
    (project / ".pyst" / "loop").symlink_to(project / ".pyst")
    (project / ".pyst" / "dangling.py").symlink_to("nowhere")
    name = os.fsdecode(b"\xff\n\x1b[31m.py")
    (project / ".pyst" / name).write_text("x = 1")
    ended = pyst("trust", ".")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert "\\xff\\n\\x1b[31m.py" in ended.out
    assert "`" + str(project / "uv.lock") + "` is not a regular file; it is not trusted" in ended.err
    again = pyst("trust", "--list", "--format", "json")
    states = {row["path"]: row["state"] for row in again.detail["entries"]}
    assert states[str(project / ".pyst" / name)] == "unchanged"
    assert states[str(project)] == "changed"  # not all of it could be hashed


def test_a_link_to_trusted_settings_brings_no_trust_along(pyst: Pyst, home: Home, project: Path) -> None:
    """A hostile checkout could borrow what the user allowed to another project."""
    pyst("trust", ".")
    hostile = home.path / "hostile"
    hostile.mkdir()
    (hostile / ".pyst.toml").symlink_to(project / ".pyst.toml")
    assert pyst("config", "get", "core.introspection", cwd=hostile).out == "safe\n"
    pyst("trust", ".", cwd=hostile)  # the user may say so of this one, too
    assert pyst("config", "get", "core.introspection", cwd=hostile).out == "import\n"


def test_trust_holds_for_a_project_that_is_reached_through_a_link(pyst: Pyst, home: Home, project: Path) -> None:
    pyst("trust", ".")
    (home.path / "link").symlink_to(project)
    assert pyst("config", "get", "core.introspection", cwd=home.path / "link").out == "import\n"


def locked(home: Home) -> Path:
    home.script("a", "def main(): ...\n")
    lock = home.project / ".pyst" / "a.py.lock"
    lock.write_text("version = 1\n")
    return lock


def trusted(pyst: Pyst, **given: Any) -> tuple[bool, list[str]]:
    """What `explain`, `info` and a dry run say of `a`; they agree."""
    ended = [pyst("--format", "json", *words, **given) for words in (("explain", "a"), ("run", "--dry-run", "a"))]
    told = [each.detail["trusted"] for each in ended]
    codes = [[one["code"] for one in each.json["diagnostics"]] for each in ended]
    assert told[0] is told[1]
    assert codes[0] == codes[1]
    info = pyst("info", "a", "--format", "json", **given)
    assert (info.detail["trusted"], [one["code"] for one in info.json["diagnostics"]]) == (told[0], codes[0])
    return told[0], codes[0]


def test_the_trust_in_a_script_covers_its_lock(pyst: Pyst, home: Home) -> None:
    lock = locked(home)
    assert set(entries(pyst, "a").values()) == {"new"}
    assert trusted(pyst) == (True, [])
    lock.write_text("version = 1\n# another\n")
    assert trusted(pyst) == (False, ["W_LOCK_NOT_TRUSTED"])
    assert set(entries(pyst, "--list").values()) == {"changed"}
    ended = pyst("run", "a")
    assert ended.code == 0
    assert ended.err == f"warning: `{lock}` has changed since the script was trusted, so the script is not trusted" + (
        "; try `pyst trust a`\n"
    )
    assert set(entries(pyst, "a").values()) == {"changed"}
    assert trusted(pyst) == (True, [])
    lock.unlink()
    assert trusted(pyst) == (True, [])  # what its block asks for was trusted


def test_a_lock_that_is_planted_ends_the_trust(pyst: Pyst, home: Home) -> None:
    lock = locked(home)
    lock.rename(lock.with_suffix(".away"))
    assert set(entries(pyst, ".").values()) == {"new"}
    assert trusted(pyst) == (True, [])
    lock.with_suffix(".away").rename(lock)
    assert trusted(pyst) == (False, ["W_LOCK_NOT_TRUSTED"])
    assert "is new since" in pyst("run", "a").err
    lock.unlink()
    lock.mkdir()
    assert "W_LOCK_NOT_TRUSTED" in pyst("explain", "a", "--format", "json").out


def test_a_lock_of_a_script_that_was_never_trusted_is_no_news(pyst: Pyst, home: Home) -> None:
    locked(home)
    assert trusted(pyst) == (False, [])


def test_entries_from_before_locks_were_covered_count(pyst: Pyst, home: Home) -> None:
    lock = locked(home)
    lock.unlink()
    entries(pyst, "a")
    file = home.path / ".local" / "share" / "pyst" / "trust.json"
    assert '"lock"' not in file.read_text()
    assert trusted(pyst) == (True, [])
    lock.write_text("version = 1\n")
    entries(pyst, "a")
    assert '"lock"' in file.read_text()
    assert "with its lock" in pyst("trust", "--list").out
