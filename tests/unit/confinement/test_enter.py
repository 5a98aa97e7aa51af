"""What comes through the pipe of refusals, in whatever order."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("_ctypes")
enter = pytest.importorskip("pyst.confinement.enter", reason="the walls are those of Linux")
from pyst.confinement.walls import Built, Wall  # noqa: E402
from pyst.system.child import parse_refusal  # noqa: E402

BUILT = Built("basic", ("Landlock (ABI 7)", "seccomp"), ("stat",))


def through_a_pipe(*tell: object) -> bytes:
    """What all that is told leaves in one pipe."""
    reader, writer = os.pipe()
    for each in tell:
        if isinstance(each, Wall):
            enter.tell_wall(writer, each)
        elif isinstance(each, Built):
            enter.tell_built(writer, each)
        else:
            assert isinstance(each, bytes)
            os.write(writer, each)
    os.close(writer)
    data = os.read(reader, 1 << 16)
    os.close(reader)
    return data


@pytest.mark.parametrize("refusal", [Wall("seccomp", "it gave"), b"exec\0002\0No such file"])
def test_what_was_built_and_a_refusal_are_told_apart_in_either_order(refusal: object) -> None:
    alone = parse_refusal(through_a_pipe(refusal))
    assert alone is not None
    for told in (through_a_pipe(BUILT, refusal), through_a_pipe(refusal, BUILT)):
        built, rest = enter.read_told(told)
        assert built == BUILT
        assert parse_refusal(rest) == alone


def test_one_alone_is_told() -> None:
    assert enter.read_told(through_a_pipe(BUILT)) == (BUILT, b"")
    assert enter.read_told(b"") == (None, b"")
    built, rest = enter.read_told(through_a_pipe(Wall("namespaces", "refused")))
    assert built is None
    assert parse_refusal(rest).message == "namespaces\x1frefused"
