"""Script, lock, shim and manifest change together: cut off at every step, all of them are old or all are new."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyst.errors import Failure
from pyst.sharing import installing
from pyst.sharing.installing import find_standing
from pyst.sharing.journal import JOURNAL, STAGED
from pyst.sharing.manifest import Installed, Manifest, read_manifest
from pyst.sharing.transaction import Change, Changes, settle, transact
from pyst.system.paths import Paths

CALLS = ("open", "replace", "unlink", "fsync", "fchmod", "mkdir", "rmdir")


def entry(name: str, sha: str = "0") -> Installed:
    return Installed(name, "", "gist:ab", "gist:ab@cd", "", None, sha * 64, 3, 1, 1)


def version(word: str) -> Callable[[Manifest], Changes]:
    """A decision that has script, lock and shim hold this word."""

    def decide(manifest: Manifest) -> Changes:
        files = [Change("installed/it.py", word.encode()), Change("bin/it", word.encode(), 0o755)]
        lock = None if word == "old" else word.encode()
        changed = manifest.with_script(entry("it", word[0].replace("o", "1").replace("n", "2")))
        return Changes(changed, [files[0], Change("installed/it.py.lock", lock), files[1]])

    return decide


def gone(manifest: Manifest) -> Changes:
    files = [Change(each, None) for each in ("bin/it", "installed/it.py", "installed/it.py.lock")]
    return Changes(manifest.without("it"), files)


def state(data: Path) -> tuple[object, ...]:
    """All that a transaction changes, as it stands."""
    paths = [data / each for each in ("installed/it.py", "installed/it.py.lock", "bin/it")]
    found = read_manifest(str(data / "manifest.json")).scripts.get("it")
    return found and found.sha256, *[path.read_text() if path.exists() else None for path in paths]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    transact(str(folder), version("old"))
    return folder


def leftovers(data: Path) -> list[str]:
    return [each.name for each in data.rglob("*") if each.name.endswith((STAGED, ".tmp")) or each.name == JOURNAL]


def test_all_changes_are_made(data: Path) -> None:
    transact(str(data), version("new"))
    assert state(data) == ("2" * 64, "new", "new", "new")
    assert (data / "bin" / "it").stat().st_mode & 0o777 == 0o755
    assert (data / "manifest.json").stat().st_mode & 0o777 == 0o600
    transact(str(data), gone)
    assert state(data) == (None, None, None, None)
    assert leftovers(data) == []


def test_a_refusal_changes_nothing(data: Path) -> None:
    before = state(data)

    def refuse(manifest: Manifest) -> Changes:
        raise Failure("E_INSTALL_RACE", "no")

    with pytest.raises(Failure, match="no"):
        transact(str(data), refuse)
    assert state(data) == before


def test_the_manifest_stays_where_a_link_leads(data: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.json"
    (data / "manifest.json").rename(real)
    (data / "manifest.json").symlink_to(real)
    transact(str(data), version("new"))
    assert (data / "manifest.json").is_symlink()
    assert state(data)[0] == "2" * 64
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_folder_in_the_way_is_told_before_anything_changes(data: Path) -> None:
    (data / "bin" / "it").unlink()
    (data / "bin" / "it").mkdir()
    with pytest.raises(Failure) as caught:
        transact(str(data), version("new"))
    assert caught.value.code == "E_WRITE"
    assert (data / "installed" / "it.py").read_text() == "old"
    assert leftovers(data) == []


def patched(patch: pytest.MonkeyPatch, act: Callable[[str], None]) -> None:
    """Have `act` called before each call of the system that changes something."""

    def wrap(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*words: object, **named: object) -> object:
            if name != "open" or (isinstance(words[1], int) and words[1] & os.O_CREAT):
                act(name)
            return call(*words, **named)

        return wrapped

    for name in CALLS:
        patch.setattr(os, name, wrap(name, getattr(os, name)))


def calls_of(decide: Callable[[Manifest], Changes], data: Path) -> int:
    found: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patched(patch, found.append)
        transact(str(data), decide)
    assert len(found) > 10
    return len(found)


def killed_at(number: int, act: Callable[[], object]) -> None:
    """Do it in a child that is killed before this call."""
    child = os.fork()
    if not child:
        left = iter(range(number))
        with pytest.MonkeyPatch.context() as patch:
            patched(patch, lambda _: os._exit(9) if next(left, None) is None else None)
            act()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (0, 9)


DECISIONS = {"update": version("new"), "uninstall": gone}
AFTER = {"update": ("2" * 64, "new", "new", "new"), "uninstall": (None, None, None, None)}


@pytest.mark.parametrize("name", DECISIONS)
def test_killed_before_each_call(data: Path, name: str) -> None:
    seen = set()
    before = state(data)
    for number in range(calls_of(DECISIONS[name], data) + 1):
        transact(str(data), version("old"))
        killed_at(number, lambda: transact(str(data), DECISIONS[name]))
        settle(str(data))
        seen.add(state(data))
        assert seen <= {before, AFTER[name]}, number
        assert not settle(str(data))
        transact(str(data), DECISIONS[name])
        assert state(data) == AFTER[name]
        assert leftovers(data) == []
    assert seen == {before, AFTER[name]}


@pytest.mark.parametrize("name", DECISIONS)
def test_whoever_finishes_it_may_be_killed_too(data: Path, tmp_path: Path, name: str) -> None:
    number = 0
    while not (data / JOURNAL).exists():
        killed_at(number, lambda: transact(str(data), DECISIONS[name]))
        number += 1
    for again in range(12):
        copy = tmp_path / str(again)
        shutil.copytree(data, copy)
        killed_at(again, lambda copy=copy: settle(str(copy)))
        settle(str(copy))
        assert state(copy) == AFTER[name]
        transact(str(copy), version("old"))
        assert leftovers(copy) == []


@pytest.mark.parametrize("onwards", [False, True], ids=["once", "onwards"])
@pytest.mark.parametrize("name", DECISIONS)
def test_failing_at_each_call(data: Path, name: str, onwards: bool) -> None:
    before = state(data)
    for number in range(calls_of(DECISIONS[name], data)):
        transact(str(data), version("old"))
        count = 0

        def fail(call: str, number: int = number) -> None:
            nonlocal count
            count += 1
            if count - 1 == number or (onwards and count > number):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        told = None
        with pytest.MonkeyPatch.context() as patch:
            patched(patch, fail)
            try:
                transact(str(data), DECISIONS[name])
            except Failure as failure:
                told = failure
        settle(str(data))
        assert told is None or told.code == "E_WRITE"
        expected = AFTER[name] if told is None or "next pyst" in told.hint else before
        assert state(data) == expected, (number, told)
        assert told is None or "nothing was changed" not in told.message or state(data) == before


def test_a_journal_that_can_not_be_deleted_ends_every_change_before_it_begins(
    data: Path,
) -> None:
    def refuse(path: str) -> None:
        if path.endswith(JOURNAL):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)
        unlink(path)

    unlink = os.unlink
    (data / "installed" / f".it.py.0{STAGED}").write_text("new")
    (data / JOURNAL).write_text(json.dumps({"version": 1, "steps": [["installed/it.py", f".it.py.0{STAGED}"]]}))
    paths = Paths("", "", str(data), "", "")
    acts: list[Callable[[], object]] = [lambda: transact(str(data), gone), lambda: find_standing("it", paths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        for act in acts:
            with pytest.raises(Failure) as caught:
                act()
            assert caught.value.code == "E_JOURNAL"
            assert f"`{data / JOURNAL}`" in caught.value.message
            assert "delete it" in caught.value.hint
            assert state(data)[1] == "new"
        assert settle(str(data))
    transact(str(data), gone)
    assert (state(data), leftovers(data)) == ((None, None, None, None), [])


def test_who_is_never_left_alone_stops_looking(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(range(1_000_000))

    def changed(path: str) -> Manifest:
        return Manifest({"it": entry("it")._replace(updated_at=next(looks))})

    monkeypatch.setattr(installing, "read_manifest", changed)
    with pytest.raises(Failure) as caught:
        find_standing("it", Paths("", "", str(data), "", ""))
    assert caught.value.code == "E_INSTALL_RACE"
    assert next(looks) < 1000


JOURNALS = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "future": b'{"version": 2, "steps": []}',
    "no steps": b'{"version": 1}',
    "not in pairs": b'{"version": 1, "steps": [["bin/it"]]}',
    "out of the folder": b'{"version": 1, "steps": [["../x", ""]]}',
    "deeper": b'{"version": 1, "steps": [["bin/a/b", ""]]}',
    "elsewhere": b'{"version": 1, "steps": [["scripts/mine.py", ""]]}',
    "dots": b'{"version": 1, "steps": [["bin/..", ""]]}',
    "staged elsewhere": b'{"version": 1, "steps": [["bin/it", "../../x.staged"]]}',
    "not staged": b'{"version": 1, "steps": [["bin/it", ".profile"]]}',
    "NUL": b'{"version": 1, "steps": [["bin/i\\u0000t", ""]]}',
}


@pytest.mark.parametrize("kind", JOURNALS)
def test_a_broken_journal_is_told_and_kept(data: Path, kind: str) -> None:
    before = state(data)
    (data / JOURNAL).write_bytes(JOURNALS[kind])
    for act in (lambda: settle(str(data)), lambda: transact(str(data), gone)):
        with pytest.raises(Failure) as caught:
            act()
        assert caught.value.code == "E_JOURNAL"
        assert str(data / JOURNAL) in caught.value.message
    assert (data / JOURNAL).read_bytes() == JOURNALS[kind]
    assert state(data) == before


def test_a_journal_is_done_by_whoever_comes_next(data: Path) -> None:
    (data / "installed" / f".it.py.0{STAGED}").write_text("new")
    steps = [["installed/it.py", f".it.py.0{STAGED}"], ["bin/it", ""], ["installed/it.py.lock", f".gone{STAGED}"]]
    (data / JOURNAL).write_text(json.dumps({"version": 1, "steps": steps}))
    assert settle(str(data))
    assert state(data)[1:] == ("new", None, None)
    assert leftovers(data) == []


def test_there_is_nothing_to_settle(tmp_path: Path) -> None:
    assert not settle(str(tmp_path / "nowhere"))


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)
