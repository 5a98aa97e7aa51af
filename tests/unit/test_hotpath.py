"""Memos: what makes one stand, and everything that makes it fall."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pyst import hotpath, survey

KEY = ("run", "/somewhere", "hello")
TOLD = hotpath.surroundings({b"HOME": b"/h", b"EDITOR": b"vi"}, False)
ANSWER = (("/bin/python", "x.py"), "/somewhere", "/somewhere", (), (), None)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "x.py"
    path.write_text("print('hello')\n")
    return path


@pytest.fixture
def memo(tmp_path: Path, script: Path) -> Path:
    path = tmp_path / "memo"
    stamps = [(str(script), hotpath.stamp_of(str(script))), (str(tmp_path / "absent.toml"), None)]
    path.write_bytes(hotpath.encode_memo(KEY, TOLD, stamps, (), ANSWER))
    path.chmod(0o600)
    return path


def answer(memo: Path, key: tuple[str, ...] = KEY, told: bytes = TOLD) -> object:
    return hotpath.read_memo(str(memo), key, told)


def test_it_answers_while_nothing_changed(memo: Path) -> None:
    assert answer(memo) == ANSWER


def test_another_command_line_or_surroundings_is_not_answered(memo: Path) -> None:
    assert answer(memo, ("run", "/somewhere", "hullo")) is None
    assert answer(memo, told=hotpath.surroundings({b"HOME": b"/other"}, False)) is None


def test_a_variable_that_no_plan_depends_on_does_not_count() -> None:
    assert hotpath.surroundings({b"HOME": b"/h", b"EDITOR": b"emacs"}, False) == TOLD
    assert hotpath.surroundings({b"HOME": b"/h", b"UV_INDEX_URL": b"x"}, False) != TOLD
    assert hotpath.surroundings({b"HOME": b"/h", b"NO_COLOR": b"1"}, True) != hotpath.surroundings(
        {b"HOME": b"/h"}, True
    )


def test_an_edit_that_keeps_size_and_time_is_seen(memo: Path, script: Path) -> None:
    before = script.stat()
    script.write_text("print('HELLO')\n")
    os.utime(script, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert answer(memo) is None


def test_a_replaced_removed_or_retyped_file_is_seen(memo: Path, script: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    twin.write_bytes(script.read_bytes())
    os.utime(twin, ns=(script.stat().st_atime_ns, script.stat().st_mtime_ns))
    os.replace(twin, script)
    assert answer(memo) is None
    script.unlink()
    assert answer(memo) is None
    script.mkdir()
    assert answer(memo) is None


def test_a_file_that_appears_is_seen(memo: Path, tmp_path: Path) -> None:
    (tmp_path / "absent.toml").touch()
    assert answer(memo) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_memo_reads_as_absent(memo: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(memo.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    memo.write_bytes(data)
    assert answer(memo) is None


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 40])
def test_a_truncated_memo_reads_as_absent(memo: Path, length: int) -> None:
    memo.write_bytes(memo.read_bytes()[:length])
    assert answer(memo) is None


def test_whole_bytes_of_another_kind_read_as_absent(memo: Path) -> None:
    from marshal import dumps

    for other in (None, 3, (), ((99, 0), KEY, TOLD, (), (), ANSWER), [1]):
        body = dumps(other)
        memo.write_bytes(hotpath.digest(body) + body)
        try:
            found = answer(memo)
        except (ValueError, EOFError, TypeError, IndexError):
            found = None  # `replay` takes these for «no memo»
        assert found is None


def test_what_is_no_private_regular_file_of_ours_reads_as_absent(memo: Path, tmp_path: Path) -> None:
    data = memo.read_bytes()
    memo.chmod(0o666)
    assert answer(memo) is None
    memo.unlink()
    assert answer(memo) is None
    memo.mkdir()
    assert answer(memo) is None
    memo.rmdir()
    os.mkfifo(memo)
    assert answer(memo) is None
    memo.unlink()
    real = tmp_path / "elsewhere"
    real.write_bytes(data)
    real.chmod(0o600)
    memo.symlink_to(real)
    assert answer(memo) is None


def test_a_tree_answers_until_something_visible_changes(tmp_path: Path) -> None:
    root = tmp_path / "scripts"
    (root / "db").mkdir(parents=True)
    (root / "a.py").write_text("a")
    (root / "db" / "b.py").write_text("b")
    first = survey.fingerprint_of(str(root))
    assert first == survey.fingerprint_of(str(root))
    (root / "_hidden.py").write_text("x")
    (root / ".cache").mkdir()
    assert first == survey.fingerprint_of(str(root))
    (root / "db" / "b.py").write_text("c")
    second = survey.fingerprint_of(str(root))
    assert second != first
    (root / "db" / "new").write_text("#!/usr/bin/env python3\n")
    third = survey.fingerprint_of(str(root))
    assert third not in (first, second)
    (root / "db").rename(root / "database")
    assert survey.fingerprint_of(str(root)) not in (first, second, third)
    assert survey.fingerprint_of(str(root / "nowhere")) not in (first, second, third)


def test_a_folder_that_leads_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    assert survey.fingerprint_of(str(tmp_path)) is not None
    assert survey.fingerprint_of(str(tmp_path), most_entries=0) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["hello", "--with", "x"], (("run", "/w", "hello"), 1)),
        (["--with", "rich", "hello", "a"], (("run", "/w", "--with", "rich", "hello"), 3)),
        (["--with=rich", "-q", "hello"], (("run", "/w", "--with=rich", "-q", "hello"), 3)),
        (["--force", "hello"], None),
        (["--timeout", "3", "hello"], (("run", "/w", "--timeout", "3", "hello"), 3)),
        (["--sandbox", "hello"], (("run", "/w", "--sandbox", "hello"), 2)),
        (
            ["--sandbox=basic", "--max-disk=1G", "hello"],
            (("run", "/w", "--sandbox=basic", "--max-disk=1G", "hello"), 3),
        ),
        (["--allow-read=/srv", "--deny-net", "hello"], (("run", "/w", "--allow-read=/srv", "--deny-net", "hello"), 3)),
        (["--timeout"], None),
        (["--record", "hello"], (("run", "/w", "--record", "hello"), 2)),
        (["--input-path", "i", "--output-dir=o", "x"], (("run", "/w", "--input-path", "i", "--output-dir=o", "x"), 4)),
        (["--lifeline", "3", "hello"], None),
        (["--replay-of=x", "hello"], None),
        (["-c", "print(1)"], None),
        (["-", "a"], None),
        (["--with"], None),
        ([], None),
    ],
)
def test_the_words_a_memo_answers_for(words: list[str], expected: object) -> None:
    assert hotpath.run_key(words, "/w") == expected
