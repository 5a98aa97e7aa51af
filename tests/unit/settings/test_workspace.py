"""The project's root, its files, and what a witness saw of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pyst.errors import Failure
from pyst.settings.trust import Entry, change_trust, sha256_of
from pyst.settings.workspace import MOST_BYTES, Workspace, find_root, load_workspace
from pyst.system.paths import paths_from
from pyst.system.witness import Witness
from tests.conftest import Home


def load(home: Home, cwd: Path | None = None, **given: Any) -> Workspace:
    witness = given.pop("witness", None) or Witness()
    environ = {**home.environ, **given.pop("environ", {})}
    paths = paths_from(environ)
    return load_workspace(str(cwd or home.project), paths, environ, given.pop("flags", {}), witness, **given)


def trust(home: Home, *files: Path) -> None:
    entries = {os.path.realpath(path): Entry(sha256_of(path.read_bytes()), "settings", 0) for path in files}
    change_trust(paths_from(home.environ).trust_file, lambda known: {**known, **entries})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_nearest_settings_file_marks_the_root_else_the_nearest_git(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)

    def root() -> tuple[str, str]:
        return find_root(str(deep), Witness())

    assert root() == (str(deep), "cwd")
    (tmp_path / "a" / ".git").mkdir()
    assert root() == (str(tmp_path / "a"), ".git")
    (tmp_path / "a" / "b" / ".git").write_text("gitdir: elsewhere\n")  # a worktree has a file
    assert root() == (str(tmp_path / "a" / "b"), ".git")
    (tmp_path / ".pyst.toml").touch()
    assert root() == (str(tmp_path), ".pyst.toml")
    (tmp_path / "a" / ".pyst.toml").touch()
    assert root() == (str(tmp_path / "a"), ".pyst.toml")
    assert find_root("/", Witness()) in (("/", "cwd"), ("/", ".git"))


def test_a_folder_that_is_gone(home: Home) -> None:
    with pytest.raises(Failure) as caught:
        load(home, home.path / "gone")
    assert caught.value.code == "E_CWD"


def test_all_layers_at_once(home: Home) -> None:
    config = write(home.path / ".config/pyst/pyst.toml", '[core]\noffline = true\n[create]\nmodel = "global"\n')
    pyproject = write(home.project / "pyproject.toml", '[tool.pyst.core]\ncwd = "script"\nprecedence = "global"\n')
    project = write(home.project / ".pyst.toml", '[core]\ncwd = "current"\n[sandbox]\nmode = "basic"\n')
    environ = {"PYST_SANDBOX_MODE": "strict"}
    found = load(home, environ=environ, flags={"core.uv.flags": ["-v"]}).settings
    assert (found.core.offline, found.create.model, found.core.cwd) == (True, "global", "current")
    assert (found.core.precedence, found.sandbox.mode, found.core.uv.flags) == ("global", "strict", ("-v",))
    places = {key: (origin.kind, origin.path, origin.line) for key, origin in found.origins.items()}
    assert places["core.offline"] == ("global", str(config), 2)
    assert places["core.precedence"] == ("pyproject", str(pyproject), 3)
    assert places["core.cwd"] == ("project", str(project), 2)
    assert places["sandbox.mode"] == ("variable", "PYST_SANDBOX_MODE", 0)
    assert places["core.uv.flags"] == ("flag", "--uv-flags", 0)
    assert places["share.api_base"] == ("default", "", 0)


def test_another_file_takes_the_place_of_the_global_one(home: Home) -> None:
    write(home.path / ".config/pyst/pyst.toml", "[core]\noffline = true\n")
    write(home.project / "mine.toml", '[core]\nglobal_script_dirs = ["x"]\n')
    found = load(home, config="mine.toml").settings
    assert not found.core.offline
    assert found.core.global_script_dirs == (str(home.project / "x"),)
    with pytest.raises(Failure, match=r"`absent\.toml` does not exist"):
        load(home, config="absent.toml")


def test_trust_is_for_the_exact_content_of_each_file(home: Home) -> None:
    text = '[core]\nintrospection = "import"\nglobal_script_dirs = ["/x"]\n'
    path = write(home.project / ".pyst.toml", text)
    found = load(home).settings
    assert (found.core.introspection, [each.key for each in found.ignored]) == (
        "safe",
        ["core.introspection", "core.global_script_dirs"],
    )
    assert found.ignored[1].where == (str(path), 3, "core.global_script_dirs")
    trust(home, path)
    found = load(home).settings
    assert (found.core.introspection, found.core.global_script_dirs, found.ignored) == ("import", ("/x",), ())
    path.write_text(text + "# changed\n")
    assert load(home).settings.core.introspection == "safe"


def test_profiles_and_contexts_are_read(home: Home) -> None:
    write(home.path / ".config/pyst/pyst.toml", "[profiles.dev]\nwarm = true\nlazy_imports = false\n")
    found = load(home).settings
    dev = found.profiles["dev"]
    assert (dev.name, dev.lazy_imports, dev.warm, dev.sandbox.mode) == ("dev", False, True, None)
    assert found.script_folders[0] == ("project", str(home.project / ".pyst"))
    assert found.script_folders[-1][0] == "installed"


def test_the_witness_saw_every_file_that_counts_absent_ones_too(home: Home) -> None:
    witness = Witness()
    load(home, witness=witness)
    config = home.path / ".config/pyst/pyst.toml"
    trust_file = home.path / ".local/share/pyst/trust.json"
    for path in (
        home.project / ".pyst.toml",
        home.project / "pyproject.toml",
        home.project / ".git",
        config,
        trust_file,
    ):
        assert str(path) in witness.stamps
    assert witness.stamps[str(config)] is None
    assert str(home.project.parent / ".pyst.toml") in witness.stamps


@pytest.mark.parametrize("name", [".pyst.toml", ".config/pyst/pyst.toml"])
@pytest.mark.parametrize("trap", ["fifo", "folder", "huge", "unreadable", "device"])
def test_what_is_no_readable_file_is_refused_at_once(
    home: Home, name: str, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = (home.project if name == ".pyst.toml" else home.path) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if trap == "fifo":
        os.mkfifo(path)
    elif trap == "folder":
        path.mkdir()
    elif trap == "huge":
        path.touch()
        os.truncate(path, MOST_BYTES + 1)
    elif trap == "device":
        path.symlink_to("/dev/zero")
    else:
        path.touch(mode=0)
        monkeypatch.setattr(os, "open", refuse)  # root may read everything
    with pytest.raises(Failure) as caught:
        load(home)
    assert caught.value.code == "E_CONFIG"
    assert str(path) in caught.value.message


def test_a_pyproject_that_is_no_file_or_not_ours_is_passed_over(home: Home) -> None:
    path = home.project / "pyproject.toml"
    os.mkfifo(path)
    assert load(home).settings.core.cwd == "project"
    path.unlink()
    path.write_bytes(b"this is \xff no TOML [[[")
    assert load(home).settings.core.cwd == "project"


def test_links_to_settings_are_followed(home: Home) -> None:
    write(home.path / "dotfiles/pyst.toml", "[core]\noffline = true\n")
    (home.path / ".config/pyst").mkdir(parents=True)
    (home.path / ".config/pyst/pyst.toml").symlink_to(home.path / "dotfiles/pyst.toml")
    assert load(home).settings.core.offline
    (home.project / ".pyst.toml").symlink_to("nowhere")
    assert load(home).marker == ".git"


def test_a_broken_trust_file_trusts_nothing_and_is_remarked(home: Home) -> None:
    path = write(home.project / ".pyst.toml", '[core]\nintrospection = "import"\n')
    trust(home, path)
    (home.path / ".local/share/pyst/trust.json").write_text("{")
    found = load(home)
    assert found.settings.core.introspection == "safe"
    assert [(each.level, each.code) for each in found.remarks] == [("warning", "E_TRUST_UNREADABLE")]


def test_without_settings_files_nothing_heavy_is_imported(home: Home) -> None:
    code = f"""
import sys
from pyst.settings.workspace import load_workspace
from pyst.settings.contexts import Judge
from pyst.system.paths import paths_from
from pyst.system.witness import Witness
environ = {home.environ!r}
load_workspace({str(home.project)!r}, paths_from(environ), environ, {{}}, Witness())
heavy = {{"tomllib", "json", "hashlib", "pathlib", "subprocess", "argparse", "ast", "typing_extensions", "shlex",
         "dataclasses", "tempfile", "shutil", "difflib", "tomlkit"}}
print(sorted(heavy & set(sys.modules)))
"""
    source = Path(__file__).parents[3] / "src"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
