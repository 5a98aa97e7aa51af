"""Homes that are missing or can't be written, and limits of the system: pyst still lists and runs, or says why not."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.support.faults import PYST, Ended
from tests.support.privileges import obeying_permissions

pytestmark = pytest.mark.uv

FOLDERS = {"XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config"}
SOUND = {
    ("list",): "called  Called by pyst.\nneeds\nplain   Says that it ran.\n",
    ("run", "plain"): "plain ran\n",
    ("run", "called", "a"): "called a\n",
    ("__complete", "--", "run", "pl"): "\tfiles\nplain\tSays that it ran.\n",
}


@pytest.fixture
def scripts(home: Home) -> Home:
    home.script("plain", '"""Says that it ran."""\nprint("plain ran")\n')
    home.script("called", 'def main(word: str = "x"):\n    """Called by pyst."""\n    print("called", word)\n')
    home.script("needs", '# /// script\n# dependencies = ["six"]\n# ///\nimport six\nprint("needs", six.__name__)\n')
    home.environ["TMPDIR"] = str(home.path.parent / "tmp")
    Path(home.environ["TMPDIR"]).mkdir()
    return home


def start(
    home: Home,
    *words: str,
    environ: dict[str, str] | None = None,
    prefix: tuple[str, ...] = (),
    before: Callable[[], None] | None = None,
) -> Ended:
    ended = subprocess.run(
        [*prefix, *PYST, *words],
        cwd=home.project,
        env=home.environ if environ is None else environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=before,
    )
    assert "Traceback" not in ended.stderr, ended
    assert "internal error" not in ended.stderr, ended
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def must_work(home: Home, environ: dict[str, str], prefix: tuple[str, ...] = ()) -> None:
    """All that needs no place to write, twice: nothing of it is said to go wrong."""
    for _ in range(2):
        for words, out in SOUND.items():
            assert start(home, *words, environ=environ, prefix=prefix)[:2] == (0, out), words


def must_run_in_a_private_store(home: Home, environ: dict[str, str], prefix: tuple[str, ...] = ()) -> None:
    for again in range(2):
        ended = start(home, "run", "needs", environ=environ, prefix=prefix)
        assert ended[:2] == (0, "needs six\n"), ended
        assert "warning: the cache folder" in ended.err, again
        assert home.environ["TMPDIR"] in ended.err


@pytest.mark.parametrize("name", ["HOME", *FOLDERS])
def test_folders_that_cannot_be_written(scripts: Home, name: str) -> None:
    folder = scripts.path if name == "HOME" else scripts.path.parent / FOLDERS[name]
    folder.mkdir(exist_ok=True)
    folder.chmod(0o555)
    environ = {**scripts.environ, name: str(folder)}
    prefix = obeying_permissions()
    must_work(scripts, environ, prefix)
    if name in ("HOME", "XDG_CACHE_HOME"):
        must_run_in_a_private_store(scripts, environ, prefix)
    else:
        assert start(scripts, "run", "needs", environ=environ, prefix=prefix) == (0, "needs six\n", "")
    if name in ("HOME", "XDG_DATA_HOME"):
        ended = start(scripts, "trust", "plain", environ=environ, prefix=prefix)
        assert (ended.code, ended.out) == (1, "")
        assert "trust.json` can't be written: Permission denied" in ended.err


def test_a_warm_home_that_cannot_be_written_any_more(scripts: Home) -> None:
    """What was built before is used, without a word."""
    assert start(scripts, "run", "needs").code == 0
    must_work(scripts, scripts.environ)
    folders = [Path(folder) for folder, _, _ in os.walk(scripts.path)]
    for each in folders:
        each.chmod(0o555)
    prefix = obeying_permissions()
    must_work(scripts, scripts.environ, prefix)
    assert start(scripts, "run", "needs", prefix=prefix) == (0, "needs six\n", "")
    for each in folders:
        each.chmod(0o755)


@pytest.fixture
def missing(scripts: Home) -> str:
    """A folder that is not there, and that can't be made, where permissions count."""
    closed = scripts.path.parent / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    return str(closed / "missing")


@pytest.mark.parametrize("value", [None, "", "missing", "relative", "/proc/self"])
def test_homes_that_are_none(scripts: Home, missing: str, value: str | None) -> None:
    value = missing if value == "missing" else value
    environ = {k: v for k, v in scripts.environ.items() if k != "HOME"}
    if value is None or value in ("", "relative"):
        # pyst then asks who the user is, or takes the temporary folder: neither may be touched here
        environ["XDG_CACHE_HOME"] = environ["XDG_DATA_HOME"] = str(scripts.path / "x")
    if value is not None:
        environ["HOME"] = value
    must_work(scripts, environ, obeying_permissions())
    ended = start(scripts, "run", "needs", environ=environ, prefix=obeying_permissions())
    assert ended[:2] == (0, "needs six\n"), ended


def test_a_home_that_uv_refuses(scripts: Home) -> None:
    """Where the home is no folder, uv finds no interpreter. It is quoted; what needs none goes on; one can be named."""
    environ = {**scripts.environ, "HOME": "/dev/null", "XDG_CACHE_HOME": str(scripts.path / "x")}
    for words, out in SOUND.items():
        ended = start(scripts, *words, environ=environ)
        if words[0] == "run":
            assert (ended.code, ended.out) == (126, ""), ended
            assert "error: no interpreter was found" in ended.err
            named = ("run", "--python", sys.executable, *words[1:])
            assert start(scripts, *named, environ=environ) == (0, out, "")
        else:
            assert ended == (0, out, "")


@pytest.mark.parametrize("what", ["file", "dangling link", "FIFO"])
@pytest.mark.parametrize("where", [".cache", ".cache/pyst", ".cache/pyst/environments-v1", ".cache/pyst/plans-v1"])
def test_a_cache_that_is_no_folder(scripts: Home, where: str, what: str) -> None:
    path = scripts.path / where
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "file":
        path.write_text("here first\n")
    elif what == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to(scripts.path / "nowhere")
    must_work(scripts, scripts.environ)
    if where.endswith("plans-v1"):
        assert start(scripts, "run", "needs") == (0, "needs six\n", "")
    else:
        must_run_in_a_private_store(scripts, scripts.environ)
    if what == "file":
        assert path.read_text() == "here first\n"


def limited(kind: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (most, most))


@pytest.mark.parametrize("most_bytes", [0, 1, 100, 10_000])
def test_files_that_may_not_grow(scripts: Home, most_bytes: int) -> None:
    """A quota, as the kernel tells it: SIGXFSZ, which Python turns into an error. Outputs are pipes, and go on."""
    before = limited(resource.RLIMIT_FSIZE, most_bytes)
    for words, out in SOUND.items():
        ended = start(scripts, *words, before=before)
        assert ended[:2] == (0, out) or (words[0] == "run" and ended.code == 1 and "can't be written" in ended.err), (
            ended
        )
    ended = start(scripts, "run", "needs", before=before)
    assert ended.code in (0, 1), ended
    assert ended.code == 0 or "error: " in ended.err
    ended = start(scripts, "trust", "plain", before=before)
    assert ended.code == 0 or "trust.json` can't be written" in ended.err
    for words, out in SOUND.items():
        assert start(scripts, *words) == (0, out, "")
    assert start(scripts, "run", "needs") == (0, "needs six\n", "")


@pytest.mark.parametrize("most", [32, 16])
def test_few_descriptors(scripts: Home, most: int) -> None:
    before = limited(resource.RLIMIT_NOFILE, most)
    for _ in range(2):
        for words, out in SOUND.items():
            assert start(scripts, *words, before=before) == (0, out, ""), words
    ended = start(scripts, "run", "needs", before=before)
    assert ended[:2] == (0, "needs six\n") or (ended.code == 1 and "error: " in ended.err), ended
    assert start(scripts, "run", "needs") == (0, "needs six\n", "")
    assert start(scripts, "run", "needs", before=before) == (0, "needs six\n", "")
    ended = start(scripts, "run", "--format", "json", "plain", before=before)
    if most >= 32:
        assert ended.code == 0
        assert "plain ran" in ended.out
    else:
        body = json.loads(ended.out)
        assert (ended.code, [each["code"] for each in body["diagnostics"]]) == (1, ["E_SYSTEM"])
        assert "Too many open files" in body["diagnostics"][0]["message"]


@pytest.mark.parametrize("value", ["missing", "relative", "", "/dev/null"])
def test_no_temporary_folder(scripts: Home, missing: str, value: str) -> None:
    environ = {**scripts.environ, "TMPDIR": missing if value == "missing" else value}
    prefix = obeying_permissions()
    must_work(scripts, environ, prefix)
    assert start(scripts, "run", "needs", environ=environ, prefix=prefix) == (0, "needs six\n", "")
    ended = start(scripts, "run", "--format", "json", "plain", environ=environ, prefix=prefix)
    assert ended.code == 0
    assert "plain ran" in ended.out


def test_neither_cache_nor_temporary_folder(scripts: Home) -> None:
    """There is no place for an environment: that is said, and none is made where the user has none."""
    (scripts.path / ".cache").write_text("")
    missing = str(scripts.path / "missing")
    environ = {**scripts.environ, "TMPDIR": missing}
    for words in (("run", "needs"), ("run", "plain")):
        ended = start(scripts, *words, environ=environ)
        assert (ended.code, ended.out) == (1, ""), ended
        assert f"error: `{missing}" in ended.err
        assert "can't be written: No such file or directory" in ended.err
    assert not os.path.lexists(missing)
    for words, out in SOUND.items():
        if words[0] != "run":
            assert start(scripts, *words, environ=environ)[:2] == (0, out), words


def test_a_current_folder_that_is_gone(scripts: Home) -> None:
    gone = scripts.path / "gone"
    gone.mkdir()
    ended = subprocess.run(
        ["/bin/sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(gone), *PYST, "list"],
        env=scripts.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "error: the current folder" in ended.stderr


def test_the_cache_of_uv_cannot_be_written_either(scripts: Home) -> None:
    """As in a home that is read-only: uv's own cache lies beside pyst's."""
    del scripts.environ["UV_CACHE_DIR"]
    cache = scripts.path / ".cache"
    cache.mkdir()
    cache.chmod(0o555)
    try:
        for words, said in ((("run", "plain"), "plain ran\n"), (("run", "needs"), "needs six\n")):
            ended = start(scripts, *words, prefix=obeying_permissions())
            assert (ended.code, ended.out) == (0, said), ended
    finally:
        cache.chmod(0o755)
