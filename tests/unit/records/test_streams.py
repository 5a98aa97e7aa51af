"""The log and standard output: capped, counted, and true to what came."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.records.streams import LogFile, Printed


def log_at(path: Path, cap: int) -> LogFile:
    return LogFile(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC), cap)


def test_what_fits_is_kept_as_it_came(tmp_path: Path) -> None:
    log = log_at(tmp_path / "log", 100)
    for part in (b"one\n", b"two", b" three\n"):
        log.take(part)
    log.finish()
    os.close(log.descriptor)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo three\n"
    assert (log.kept_bytes, log.seen_bytes, log.is_truncated) == (14, 14, False)


def test_a_cap_keeps_beginning_and_end_and_says_so(tmp_path: Path) -> None:
    log = log_at(tmp_path / "log", 1000)
    for number in range(1000):
        log.take(b"line %d\n" % number)
    log.finish()
    os.close(log.descriptor)
    text = (tmp_path / "log").read_bytes()
    assert text.startswith(b"line 0\nline 1\n")
    assert b"line 999\n" in text
    assert (
        text.splitlines()[-1]
        == b"[pyst: 1000 of 8890 bytes are kept; the log is capped at 1000 bytes (agent.max_log_bytes)]"
    )
    assert b"7890 bytes are left out here" in text
    assert (log.kept_bytes, log.seen_bytes, log.is_truncated) == (1000, 8890, True)
    assert log.own_bytes == len(text)
    assert log.digest.hexdigest() == hashlib.sha256(text).hexdigest()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(0, 300))
def test_any_log_is_the_stream_or_its_two_ends(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], cap: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-log"
    log = log_at(path, cap)
    for part in parts:
        log.take(part)
    log.finish()
    os.close(log.descriptor)
    whole, text = b"".join(parts), path.read_bytes()
    assert log.seen_bytes == len(whole)
    if len(whole) <= cap:
        assert text == whole
    else:
        assert log.kept_bytes == cap
        assert text.startswith(whole[: cap - cap // 4])
        assert whole[len(whole) - cap // 4 :] in text


def test_a_full_disk_is_counted_and_not_raised() -> None:
    log = LogFile(os.open("/dev/full", os.O_RDWR), 100)
    log.take(b"one\n")
    log.take(b"two\n")
    log.finish()
    os.close(log.descriptor)
    assert (log.kept_bytes, log.seen_bytes) == (0, 8)
    assert log.failure is not None


def test_short_output_makes_no_file(tmp_path: Path) -> None:
    printed = Printed(lambda: os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT | os.O_EXCL), 10)
    printed.take(b"12345")
    printed.take(b"67890")
    assert not (tmp_path / "out").exists()
    assert printed.short == b"1234567890"
    printed.take(b"x")
    printed.take(b"y")
    printed.close()
    assert (tmp_path / "out").read_bytes() == b"1234567890xy"
    assert printed.short == b""
    assert printed.digest.hexdigest() == hashlib.sha256(b"1234567890xy").hexdigest()


def test_output_that_can_not_be_kept_is_counted() -> None:
    def fail() -> int:
        raise OSError(28, "No space left on device")

    printed = Printed(fail, 4)
    printed.take(b"123456")
    printed.take(b"789")
    printed.close()
    assert (printed.size_bytes, printed.lost_bytes, printed.is_in_file) == (9, 9, False)
