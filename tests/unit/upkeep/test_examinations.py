"""Each examination of `pyst doctor` by itself, on a small machine made for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyst.environments.marker import MARKER, MARKER_ENDS, marker_begins
from pyst.environments.spec import KEY_LENGTH
from pyst.errors import Failure
from pyst.settings.workspace import load_workspace
from pyst.sharing.manifest import Manifest, change_manifest
from pyst.sharing.shims import plan_shim
from pyst.system.files import locked, write_atomic
from pyst.system.paths import paths_from
from pyst.system.process import Runner
from pyst.system.uv import Uv
from pyst.system.witness import Witness
from pyst.upkeep import folders, installation, installed, leftovers, programs, stores, trial, variables
from pyst.upkeep.examination import Case, Examination, Result
from pyst.upkeep.examinations import EXAMINATIONS, examine
from tests.conftest import Home
from tests.github.home import TIME, put_mapping
from tests.support.installed import install
from tests.support.runner import RecordingRunner, ok

KEY = ("0123456789abcdef" * 2)[:KEY_LENGTH]
MakeCase = Callable[..., Case]


@pytest.fixture
def case(home: Home) -> MakeCase:
    """A case over the new home; variables and parts of it can be given."""

    def make(*, runner: Runner | None = None, clock: Any = time.time, **environ: str) -> Case:
        variables = {**home.environ, **environ}
        paths = paths_from(variables)
        runner = runner or Runner()
        uv = Uv(variables, runner=runner)

        def workspace() -> Any:
            return load_workspace(str(home.project), paths, variables, {}, Witness(), None)

        return Case(variables, paths, str(home.project), uv, runner, workspace, clock)

    return make


def told(examination: Examination, case: Case) -> list[tuple[str, str]]:
    return [(each.name, each.status) for each in examination(case)]


def mended(examination: Examination, case: Case) -> str:
    """Mend the one thing that can be mended; afterwards all must be well."""
    [found] = [each for each in examination(case) if each.mend]
    assert found.mend is not None
    done = found.mend()
    assert {each.status for each in examination(case)} == {"ok"}
    return done


def test_folders_that_are_not_there_yet_are_well(case: MakeCase) -> None:
    assert {status for _, status in told(folders.folders, case())} == {"ok"}


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_folder_that_others_can_write_to_fails_and_is_closed(case: MakeCase, mode: int) -> None:
    one = case()
    os.makedirs(one.paths.data)
    os.chmod(one.paths.data, mode)
    assert ("folder-data", "fail") in told(folders.folders, one)
    assert mended(folders.folders, one) == f"closed `{one.paths.data}` to others"
    assert os.stat(one.paths.data).st_mode & 0o777 == mode & 0o755


def test_a_file_in_the_place_of_a_folder_fails(case: MakeCase, home: Home) -> None:
    (home.path / ".cache").mkdir()
    (home.path / ".cache" / "pyst").write_text("")
    assert ("folder-cache", "fail") in told(folders.folders, case())


def test_a_folder_that_can_not_be_made_fails(case: MakeCase, home: Home) -> None:
    (home.path / "file").write_text("")
    assert ("folder-data", "fail") in told(folders.folders, case(XDG_DATA_HOME=str(home.path / "file" / "x")))


def test_a_folder_that_can_not_be_written_fails(case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    one = case()
    os.makedirs(one.paths.cache)

    def refuse(folder: str) -> Any:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(folders, "_probe", refuse)
    found = {each.name: each for each in folders.folders(one)}["folder-cache"]
    assert (found.status, "Read-only file system" in found.message) == ("fail", True)


def test_little_space_fails(case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    one = case()
    assert told(folders.space, one) == [("space", "ok")]
    real = os.statvfs(one.paths.home)
    shape = list(real)
    shape[4] = 1  # f_bavail
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(shape))
    assert told(folders.space, one) == [("space", "fail")]


@pytest.mark.parametrize(("ahead", "status"), [(0.0, "ok"), (600.0, "warn"), (-600.0, "warn")])
def test_a_clock_that_differs_from_the_filesystem_is_told(case: MakeCase, ahead: float, status: str) -> None:
    one = case(clock=lambda: time.time() + ahead)
    assert told(folders.clock, one) == [("clock", status)]
    assert os.listdir(one.paths.home) == []


def test_leftovers_of_dead_writers_are_deleted_and_nothing_else(case: MakeCase) -> None:
    one = case()
    dead = subprocess.Popen(["true"])
    dead.wait()
    plans = Path(one.paths.plans)
    plans.mkdir(parents=True)
    left = plans / f".x.{dead.pid}.0123abcd.tmp"
    moved = Path(one.paths.cache) / f"plans-v1.{dead.pid}.0123abcd.trash"
    moved.mkdir()
    kept = [plans / f".x.{os.getpid()}.0123abcd.tmp", plans / ".x.tmp", plans / "x.1.0123abcd.tmp", plans / "plan"]
    for path in (left, *kept):
        path.write_text("")
    trash = Path(one.paths.environments) / ".trash" / "old"
    trash.mkdir(parents=True)
    assert told(leftovers.leftovers, one) == [("leftovers", "warn")]
    assert mended(leftovers.leftovers, one) == "deleted 3 leftovers"
    assert not left.exists()
    assert not trash.exists()
    assert not moved.exists()
    assert all(path.exists() for path in kept)


def test_what_another_process_is_deleting_is_left_to_it(case: MakeCase) -> None:
    one = case()
    trash = Path(one.paths.environments) / ".trash" / f"{KEY}.1.0123abcd"
    trash.mkdir(parents=True)
    with locked(os.path.join(one.paths.environments, ".locks", KEY)):
        assert told(leftovers.leftovers, one) == [("leftovers", "ok")]
    assert told(leftovers.leftovers, one) == [("leftovers", "warn")]


def test_the_names_of_leftovers_are_those_that_writing_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(os, "replace", lambda source, target: seen.append(os.path.basename(source)))
    write_atomic(str(tmp_path / "some.thing.json"), "{}")
    assert [leftovers.writer_of(name) for name in seen] == [os.getpid()]


def whole_environment(root: str, key: str) -> Path:
    folder = Path(root) / key
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("")
    (folder / "bin" / "python").chmod(0o755)
    (folder / "pyvenv.cfg").write_text("")
    (folder / MARKER).write_bytes(marker_begins(str(folder), key) + b'"bytes": 5242880, ' + MARKER_ENDS)
    return folder


def test_broken_environments_are_removed_and_whole_ones_kept(case: MakeCase) -> None:
    one = case()
    root = one.paths.environments
    whole = whole_environment(root, KEY)
    assert [each.message for each in stores.environments(one)] == ["one environment, 5 MiB"]
    broken = Path(root) / KEY[::-1]
    broken.mkdir()
    foreign = Path(root) / "mine"
    foreign.mkdir()
    assert told(stores.environments, one) == [("environments", "warn")]
    assert mended(stores.environments, one) == "removed one broken environment"
    assert (whole.exists(), broken.exists(), foreign.exists()) == (True, False, True)


def test_an_environment_that_is_being_built_is_not_broken(case: MakeCase) -> None:
    one = case()
    folder = Path(one.paths.environments) / KEY
    folder.mkdir(parents=True)
    with locked(os.path.join(one.paths.environments, ".locks", KEY)):
        assert told(stores.environments, one) == [("environments", "ok")]
    assert told(stores.environments, one) == [("environments", "warn")]


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", marker_begins("/nowhere", KEY), b"[" * 100_000])
def test_broken_markers_are_no_markers(case: MakeCase, content: bytes) -> None:
    one = case()
    (whole_environment(one.paths.environments, KEY) / MARKER).write_bytes(content)
    assert told(stores.environments, one) == [("environments", "warn")]


def test_cached_answers_are_counted(case: MakeCase) -> None:
    one = case()
    Path(one.paths.plans).mkdir(parents=True)
    (Path(one.paths.plans) / "x").write_bytes(b"x" * 2048)
    assert [each.message for each in stores.answers(one)] == [
        "0 interfaces (0 KiB), 1 plans (2 KiB), 0 snippets (0 KiB)"
    ]


def test_settings_and_trust_that_can_be_read_are_well(case: MakeCase) -> None:
    assert told(stores.settings, case()) == [("settings", "ok"), ("trust", "ok")]


def test_broken_settings_are_told_with_their_place(case: MakeCase, home: Home) -> None:
    (home.project / ".pyst.toml").write_text("[core]\noffline = maybe\n")
    [found] = stores.settings(case())
    assert (found.name, found.status) == ("settings", "fail")
    assert f"{home.project / '.pyst.toml'}:2" in found.message


@pytest.mark.parametrize("content", ["", "{", '{"version": 99, "entries": {}}', "[]"])
def test_a_broken_trust_file_is_told_and_left(case: MakeCase, content: str) -> None:
    one = case()
    os.makedirs(one.paths.data)
    Path(one.paths.trust_file).write_text(content)
    assert told(stores.settings, one) == [("settings", "ok"), ("trust", "fail")]
    assert not [each for each in stores.settings(one) if each.mend]
    assert Path(one.paths.trust_file).read_text() == content


def test_a_trust_file_that_others_can_write_to_is_closed(case: MakeCase) -> None:
    one = case()
    os.makedirs(one.paths.data)
    Path(one.paths.trust_file).write_text('{"version": 1, "entries": {}}')
    os.chmod(one.paths.trust_file, 0o666)
    assert told(stores.settings, one) == [("settings", "ok"), ("trust", "fail")]
    mended(stores.settings, one)
    assert os.stat(one.paths.trust_file).st_mode & 0o777 == 0o600


def test_variables_that_change_scripts_are_named_without_their_values(case: MakeCase) -> None:
    found = list(variables.python_variables(case(PYTHONPATH="/s3cret", PYTHONHOME="/s3cret", PYTHONHASHSEED="1")))
    assert [(each.status, each.message.partition(" ")[0]) for each in found] == [
        ("fail", "`PYTHONHOME`"),
        ("warn", "`PYTHONPATH`"),
    ]
    assert "s3cret" not in str(found)
    assert told(variables.python_variables, case()) == [("variables", "ok")]


def test_the_folder_of_commands_must_be_on_path_once_it_has_any(case: MakeCase) -> None:
    one = case()
    assert told(variables.search_path, one) == [("path-bin", "ok")]
    os.makedirs(one.paths.bin)
    Path(one.paths.bin, "tool").write_text("")
    [found] = variables.search_path(one)
    assert (found.status, f'`export PATH={one.paths.bin}:"$PATH"`' in found.hint) == ("warn", True)
    on_path = case(PATH=f"{one.paths.bin}:{one.environ['PATH']}")
    assert told(variables.search_path, on_path) == [("path-bin", "ok")]


def test_installed_scripts_are_as_they_were_installed(case: MakeCase, home: Home) -> None:
    one = case()
    assert [(each.status, each.message) for each in installed.installed_scripts(one)] == [
        ("ok", "no script is installed")
    ]
    path = install(home, "tool", "print(1)\n", lock="version = 1\n")
    assert told(installed.installed_scripts, one) == [("installed", "ok")]
    path.with_name("tool.py.lock").write_text("other")
    [found] = installed.installed_scripts(one)
    assert (found.status, "its lock" in found.message, found.mend) == ("warn", True, None)
    path.write_text("print(2)\n")
    [found] = installed.installed_scripts(one)
    assert "its bytes" in found.message
    assert "`pyst trust installed:tool` accepts it" in found.hint
    path.unlink()
    [found] = installed.installed_scripts(one)
    assert "is gone" in found.message
    path.with_name("planted.py").write_text("")
    assert "did not install" in list(installed.installed_scripts(one))[-1].message
    Path(one.paths.manifest_file).write_text("{")
    assert told(installed.installed_scripts, one) == [("installed", "fail")]


def test_the_mapping_is_whole_or_told(case: MakeCase, home: Home) -> None:
    one = case()
    assert [(each.status, each.message) for each in installed.mapped_scripts(one)] == [
        ("ok", "no script lies in a gist")
    ]
    entry = {"gist": "0a", "file": "", "version": "", "sha256": "", "created_at": TIME, "updated_at": TIME}
    path = put_mapping(home, one=entry, two={**entry, "enabled": False})
    assert [each.message for each in installed.mapped_scripts(one)] == ["2 in gists, 1 of them not enabled here"]
    path.write_text("{")
    [found] = installed.mapped_scripts(one)
    assert (found.status, found.mend) == ("fail", None)
    assert path.read_text() == "{"


def test_a_command_that_pyst_did_not_write_is_told(case: MakeCase, home: Home) -> None:
    one = case()
    install(home, "tool", "print(1)\n")
    shim = plan_shim("tool", "pyst", one.paths.bin)
    command = {"path": "bin/tool", "kind": "pyst", "sha256": shim.sha256}

    def with_command(manifest: Manifest) -> Manifest:
        return manifest.with_script(manifest.scripts["tool"]._replace(shim=command))

    change_manifest(one.paths.manifest_file, with_command)
    [found] = installed.installed_scripts(one)
    assert "is gone" in found.message
    os.makedirs(one.paths.bin)
    Path(shim.path).write_bytes(shim.content)
    assert told(installed.installed_scripts, one) == [("installed", "ok")]
    Path(shim.path).write_bytes(shim.content + b"#")
    [found] = installed.installed_scripts(one)
    assert "that pyst wrote" in found.message


@pytest.mark.parametrize("path", [".:/bin", "/bin:", "bin:/bin"])
def test_relative_folders_on_path_are_told(case: MakeCase, path: str) -> None:
    assert told(variables.search_path, case(PATH=path))[0] == ("path", "warn")


def program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_several_programs_of_our_name_are_told(case: MakeCase, tmp_path: Path) -> None:
    first, second, link = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    assert told(installation.others, case(PATH=str(tmp_path))) == [("path-pyst", "warn")]
    program(first, "pyst")
    link.mkdir()
    (link / "pyst").symlink_to(first / "pyst")
    assert told(installation.others, case(PATH=f"{first}:{link}")) == [("path-pyst", "ok")]
    program(second, "pyst")
    [found] = installation.others(case(PATH=f"{first}:{second}"))
    assert (found.status, str(second / "pyst") in found.message) == ("warn", True)


def test_bytecode_is_compiled_and_again_when_a_module_changed(tmp_path: Path) -> None:
    module = tmp_path / "deep" / "module.py"
    module.parent.mkdir()
    module.write_text("x = 1\n")
    for _ in range(2):
        found = installation.bytecode_of(str(tmp_path))
        assert (found.status, found.message[:6]) == ("warn", "1 of 1")
        assert found.mend is not None
        found.mend()
        assert installation.bytecode_of(str(tmp_path)).status == "ok"
        module.write_text("x = 22\n")
    compiled = next((module.parent / "__pycache__").iterdir())
    compiled.write_bytes(b"broken")
    assert installation.bytecode_of(str(tmp_path)).status == "warn"


def test_this_python_will_do(case: MakeCase) -> None:
    [found] = installation.python(case())
    assert (found.status, sys.executable in found.message) == ("ok", True)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("#!/bin/sh\necho 'uv 0.13.99 (x 2026-01-01)'\n", "ok"),
        ("#!/bin/sh\necho 'uv 0.1.0'\n", "fail"),
        ("#!/bin/sh\necho 'uv banana'\n", "fail"),
        ("#!/bin/sh\necho hello\n", "fail"),
        ("#!/bin/sh\nexit 3\n", "fail"),
        ("no program at all", "fail"),
    ],
)
def test_uv_must_be_of_a_version_that_is_supported(case: MakeCase, tmp_path: Path, script: str, status: str) -> None:
    path = program(tmp_path / "bin", "uv", script)
    assert told(programs.uv, case(PYST_UV=str(path))) == [("uv", status)]


def test_a_uv_that_is_not_there_fails(case: MakeCase) -> None:
    [found] = programs.uv(case(PYST_UV="/nowhere/uv"))
    assert (found.status, "PYST_UV" in found.message) == ("fail", True)


def test_the_supported_versions_are_those_that_the_package_requires() -> None:
    assert programs.supported_uv() == "<0.14,>=0.13"


def test_the_index_is_never_asked_unless_that_is_wished(case: MakeCase) -> None:
    runner = RecordingRunner({})
    assert list(programs.index(case(runner=runner))) == []
    assert told(programs.index, case(runner=runner)._replace(online=True, offline=True)) == [("index", "warn")]
    assert runner.calls == []


@pytest.mark.parametrize(
    ("answer", "status"), [(ok(b"packaging==25.0\n"), "ok"), (ok(stderr=b"error: no route\n", exit_code=2), "fail")]
)
def test_the_index_is_asked_through_uv(case: MakeCase, answer: Any, status: str) -> None:
    one = case(runner=RecordingRunner({("uv", "pip", "compile", "--no-cache"): answer}))._replace(online=True)
    assert told(programs.index, one) == [("index", status)]


def test_secrets_in_what_uv_says_are_masked(case: MakeCase) -> None:
    runner = RecordingRunner({("uv",): ok(stderr=b"error: https://me:hunter22@host/simple\n", exit_code=2)})
    [found] = programs.index(case(runner=runner)._replace(online=True))
    assert "hunter22" not in found.message


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (ok("|".join(trial.WORDS).encode() + b"\n", exit_code=42), "ok"),
        (ok("|".join(trial.WORDS).encode() + b"\n", exit_code=0), "fail"),
        (ok(b"something else\n", exit_code=42), "fail"),
        (ok(stderr=b"error: it broke\n", exit_code=1), "fail"),
        (ok(timed_out=True, exit_code=137), "fail"),
        (Failure("E_HELPER", "it can't be started"), "fail"),
    ],
)
def test_a_trial_run_must_end_exactly_so(case: MakeCase, answer: Any, status: str) -> None:
    runner = RecordingRunner({("run", "--force"): answer})
    assert told(trial.trial, case(runner=runner)) == [("run", status)]
    assert not os.path.exists(runner.calls[0].cwd)


def test_an_examination_that_breaks_off_is_told_and_the_others_go_on(
    case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(case: Case) -> Any:
        yield Result("first", "ok", "")
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pyst.upkeep.examinations.EXAMINATIONS", (broken, folders.space))
    assert [(each.name, each.status) for each in examine(case())] == [
        ("first", "ok"),
        ("broken", "fail"),
        ("space", "ok"),
    ]


def test_what_can_not_be_mended_says_so(case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    def mend() -> str:
        raise OSError(1, "Operation not permitted")

    def stuck(case: Case) -> Any:
        yield Result("stuck", "fail", "it is stuck", "", mend)

    monkeypatch.setattr("pyst.upkeep.examinations.EXAMINATIONS", (stuck,))
    [found] = examine(case(), mend=True)
    assert found.mended == "could not be mended: [Errno 1] Operation not permitted"


def test_every_examination_is_described() -> None:
    assert all(each.__doc__ for each in EXAMINATIONS)
