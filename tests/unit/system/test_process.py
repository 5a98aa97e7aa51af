"""The values of helper processes: bounded output, lines, the search on PATH, the recording runner."""

from contextlib import chdir
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.system.output import Bounded
from pyst.system.process import Finished, find_program
from tests.support.runner import RecordingRunner, ok


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(0, 60))
def test_head_and_tail_are_those_of_the_stream(pieces: list[bytes], most: int) -> None:
    bounded = Bounded(most)
    for piece in pieces:
        bounded.add(piece)
    whole = b"".join(pieces)
    assert bounded.size == len(whole)
    assert len(bounded.head) + len(bounded.tail) == min(most, len(whole))
    assert whole.startswith(bounded.head)
    assert whole.endswith(bounded.tail)
    assert bounded.omitted == max(0, len(whole) - most)
    assert (bounded.whole == whole) == (bounded.omitted == 0)


def test_what_is_left_out_is_said() -> None:
    bounded = Bounded(4)
    bounded.add(b"abcdefgh")
    assert bounded.whole == b"ab\n[... 4 bytes left out ...]\ngh"


def test_a_program_is_found_on_path_but_never_in_the_current_folder(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "there" / "uv").chmod(0o755)
    (tmp_path / "here" / "uv").chmod(0o755)
    there = str(tmp_path / "there")
    with chdir(tmp_path / "here"):
        assert find_program("uv", {"PATH": f":.:./x:{there}"}) == f"{there}/uv"
        assert find_program("uv", {"PATH": ":."}) is None
    (tmp_path / "there" / "uv").chmod(0o644)
    assert find_program("uv", {"PATH": there}) is None
    assert find_program("/any/path", {}) == "/any/path"


def test_the_recording_runner_answers_by_words() -> None:
    lines: list[str] = []
    runner = RecordingRunner({("uv", "sync", "--script"): ok(stderr=b"one\ntwo\n"), ("git",): ValueError("no")})
    ended = runner.run(["/x/uv", "-q", "sync", "--script", "a.py"], cwd="/", environ={}, stderr_line=lines.append)
    assert ended == Finished(("/x/uv", "-q", "sync", "--script", "a.py"), 0, b"", b"one\ntwo\n")
    assert lines == ["one", "two"]
    with pytest.raises(ValueError, match="no"):
        runner.run(["git", "status"], cwd="/", environ={})
    with pytest.raises(AssertionError, match="no answer"):
        runner.run(["uv", "lock"], cwd="/", environ={})
    assert [call.argv[0] for call in runner.calls] == ["/x/uv", "git", "uv"]
