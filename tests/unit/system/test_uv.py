"""Where uv is found, in which surroundings it is called, and what of them tells environments apart."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import pytest

from pyst.errors import Failure
from pyst.system.process import Finished
from pyst.system.uv import (
    Uv,
    find_uv,
    make_work_folder,
    settings_that_count,
    sort_flags,
    user_config_files,
    uv_environment,
)
from tests.support.runner import Call, RecordingRunner, ok


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


def test_the_uv_installed_with_pyst_comes_first(tmp_path: Path) -> None:
    other = program(tmp_path / "bin" / "uv")
    assert find_uv({"PATH": str(other.parent)}) == str(Path(sys.prefix) / "bin" / "uv")


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyst.system.uv._installed_folders", list)


def test_the_variable_decides(tmp_path: Path) -> None:
    path = program(tmp_path / "my-uv")
    assert find_uv({"PYST_UV": str(path)}) == str(path)


@pytest.mark.parametrize("value", ["uv", "./uv", "/nowhere/uv", "/"])
def test_a_variable_that_leads_nowhere_is_an_error(value: str) -> None:
    with pytest.raises(Failure) as caught:
        find_uv({"PYST_UV": value})
    assert caught.value.code == "E_NO_UV"


@pytest.mark.usefixtures("nowhere")
def test_relative_folders_on_the_path_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "uv")
    program(tmp_path / "bin" / "uv")
    good = program(tmp_path / "good" / "uv")
    with monkeypatch.context() as here:
        here.chdir(tmp_path)
        assert find_uv({"PATH": f".::bin:./bin:{good.parent}"}) == str(good)
        with pytest.raises(Failure):
            find_uv({"PATH": ".::bin"})


def test_the_caller_s_environment_does_not_steer_uv() -> None:
    given = {
        "PATH": "/bin",
        "HOME": "/h",
        "VIRTUAL_ENV": "/v",
        "CONDA_PREFIX": "/c",
        "PYTHONPATH": "/evil",
        "PYTHONHOME": "/evil",
        "UV_PROJECT_ENVIRONMENT": "/v",
        "UV_PYTHON": "3.8",
        "UV_WORKING_DIRECTORY": "/w",
        "UV_ENV_FILE": ".env",
        "UV_FROZEN": "1",
        "UV_INDEX_URL": "https://i",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": "/u",
        "HTTPS_PROXY": "http://p",
    }
    kept = uv_environment(given)
    assert {name for name in given if name not in kept} == {
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "PYTHONPATH",
        "PYTHONHOME",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
        "UV_WORKING_DIRECTORY",
        "UV_ENV_FILE",
        "UV_FROZEN",
    }


def test_relative_folders_start_where_the_caller_is() -> None:
    kept = uv_environment({"UV_CACHE_DIR": "cache", "UV_PYTHON_INSTALL_DIR": "/p", "UV_LINK_MODE": "symlink"})
    assert kept["UV_CACHE_DIR"] == str(Path.cwd() / "cache")
    assert kept["UV_PYTHON_INSTALL_DIR"] == "/p"
    assert "UV_LINK_MODE" not in kept


def test_flags_that_both_give_are_given_once(tmp_path: Path) -> None:
    runner = RecordingRunner({("uv", "sync"): ok()})
    Uv({"PATH": "/bin"}, offline=True, runner=runner).call(
        "sync",
        "--offline",
        "--no-build",
        "--extra-index-url",
        "a",
        "--no-build",
        "--extra-index-url",
        "b",
        folder=str(tmp_path),
    )
    words = runner.calls[0].argv[1:]
    assert words[:7] == ("sync", "--offline", "--no-build", "--extra-index-url", "a", "--extra-index-url", "b")
    assert words.count("--offline") == words.count("--no-build") == 1


def test_a_relative_config_file_is_refused() -> None:
    with pytest.raises(Failure) as caught:
        uv_environment({"UV_CONFIG_FILE": "uv.toml"})
    assert caught.value.exit == 64


def test_a_call(tmp_path: Path) -> None:
    runner = RecordingRunner({("uv", "sync"): ok()})
    uv = Uv({"PATH": "/bin", "VIRTUAL_ENV": "/v"}, offline=True, runner=runner)
    assert uv.call("sync", folder=str(tmp_path), VIRTUAL_ENV="/mine").exit_code == 0
    (call,) = runner.calls
    assert Path(call.argv[0]).is_absolute()
    assert call.argv[1:] == ("sync", "--color", "never", "--no-progress", "--offline")
    assert call.cwd == call.environ["PWD"] == str(tmp_path)
    assert call.environ["VIRTUAL_ENV"] == "/mine"


def test_long_work_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyst.system.uv.BUSY_AFTER_SECONDS", 0.0)
    said, told = Event(), []

    def say(text: str) -> None:
        told.append(text)
        said.set()

    def long(call: Call) -> Finished:
        assert said.wait(30)
        return ok()

    uv = Uv({"PATH": "/bin"}, say=say, runner=RecordingRunner({("uv", "sync"): long}))
    uv.call("sync", folder=str(tmp_path), doing="building it")
    assert told == ["building it"]


def test_short_work_is_not(tmp_path: Path) -> None:
    told: list[str] = []
    uv = Uv({"PATH": "/bin"}, say=told.append, runner=RecordingRunner({("uv", "sync"): ok()}))
    uv.call("sync", folder=str(tmp_path), doing="building it")
    assert told == []


@pytest.mark.parametrize(
    ("given", "words", "python", "extra"),
    [
        ("", "", None, ""),
        ("--resolution lowest --offline", "--resolution lowest --offline", None, ""),
        ("--python 3.12 --with a --with=b,c -q", "", "3.12", "a b c"),
        ("-p pypy --index-url=https://i/simple --no-project", "--index-url=https://i/simple", "pypy", ""),
        ("--color always --no-progress --color=never -n", "-n", None, ""),
    ],
)
def test_flags_are_sorted(given: str, words: str, python: str | None, extra: str) -> None:
    assert sort_flags(tuple(given.split())) == (tuple(words.split()), python, tuple(extra.split()))


@pytest.mark.parametrize("given", [("--python",), ("--with=",)])
def test_a_flag_without_its_value(given: tuple[str, ...]) -> None:
    with pytest.raises(Failure) as caught:
        sort_flags(given)
    assert caught.value.exit == 64


def test_a_work_folder_ends_the_search(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    make_work_folder(str(folder))
    (folder / "uv.toml").write_text("offline = true")
    make_work_folder(str(folder))
    assert {each.name: each.read_text() for each in folder.iterdir()} == {"uv.toml": "", ".python-version": ""}


def test_the_files_of_the_user_and_the_system() -> None:
    found = user_config_files({"HOME": "/h", "XDG_CONFIG_HOME": "relative"})
    assert found[0] == "/h/.config/uv/uv.toml"
    assert "/etc/uv/uv.toml" in found
    assert user_config_files({"UV_CONFIG_FILE": "/my.toml"}) == ("/my.toml",)
    assert user_config_files({"HOME": "/h", "UV_NO_CONFIG": "1"}) == ()


def counted(environ: dict[str, str], files: dict[str, bytes] | None = None) -> tuple[tuple[str, str | bytes], ...]:
    return settings_that_count({"HOME": "/h", **environ}, (files or {}).get)


@pytest.mark.parametrize(
    "environ",
    [
        {"UV_CACHE_DIR": "/c"},
        {"UV_OFFLINE": "1"},
        {"UV_PYTHON_DOWNLOADS": "never"},
        {"UV_INDEX_MINE_PASSWORD": "secret"},
        {"UV_HTTP_TIMEOUT": "3"},
        {"PIP_INDEX_URL": "https://i"},
    ],
    ids=str,
)
def test_what_chooses_no_package_does_not_count(environ: dict[str, str]) -> None:
    assert counted(environ) == ()


def test_indexes_count_but_their_credentials_do_not() -> None:
    one = counted({"UV_INDEX": "a=https://me:old@i.example/simple https://x"})
    assert one == counted({"UV_INDEX": "a=https://me:new@i.example/simple https://x"})
    assert one != counted({"UV_INDEX": "a=https://me:old@j.example/simple https://x"})
    assert one != ()


def test_the_user_s_file_counts_by_its_content() -> None:
    files = {"/h/.config/uv/uv.toml": b"exclude-newer = '2025-01-01'"}
    assert counted({}, files) == (("/h/.config/uv/uv.toml", b"exclude-newer = '2025-01-01'"),)
    assert counted({}, {"/h/.config/uv/uv.toml": b""}) == ()
